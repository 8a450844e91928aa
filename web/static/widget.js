// Puts the sign-in frame into elements with data-logi-widget, and tells the page what comes of it by the events
// logi:code and logi:error. Unless logi:code is prevented, the browser goes on to the redirect URI with the code.
(() => {
  const issuer = new URL(document.currentScript.src).origin;
  const needed = ["clientId", "redirectUri", "state"];
  const said = ["codeChallenge", "scope"];
  const named = { clientId: "client_id", redirectUri: "redirect_uri", codeChallenge: "code_challenge", state: "state", scope: "scope", nonce: "nonce", loginHint: "login_hint", resource: "resource" };
  function mount(element) {
    const { clientId, requestUri } = element.dataset;
    const missing = [...needed, ...(requestUri ? [] : said)].filter((name) => !element.dataset[name]);
    if (missing.length) throw new Error(`the sign-in widget needs ${missing.join(", ")}`);
    const asked = new URLSearchParams({ origin: location.origin });
    if (requestUri) {
      // The page's server has pushed the rest (RFC 9126).
      asked.set("client_id", clientId);
      asked.set("request_uri", requestUri);
    } else {
      asked.set("response_type", "code");
      asked.set("code_challenge_method", "S256");
      for (const [name, parameter] of Object.entries(named)) if (element.dataset[name]) asked.set(parameter, element.dataset[name]);
    }
    if (element.dataset.lang) asked.set("lang", element.dataset.lang);
    const frame = document.createElement("iframe");
    frame.src = `${issuer}/widget?${asked}`;
    frame.title = element.dataset.title || "Sign in";
    frame.style.cssText = "border:0;width:100%;min-height:34rem";
    addEventListener("message", (event) => {
      if (event.origin !== issuer || event.source !== frame.contentWindow) return;
      const { type, ...answer } = event.data;
      if (!["logi:code", "logi:error"].includes(type) || answer.state !== element.dataset.state) return;
      const goesOn = element.dispatchEvent(new CustomEvent(type, { detail: answer, bubbles: true, cancelable: true }));
      if (type === "logi:code" && goesOn) {
        const to = new URL(element.dataset.redirectUri);
        for (const name of ["code", "state", "iss"]) to.searchParams.set(name, answer[name]);
        location.assign(to);
      }
    });
    element.replaceChildren(frame);
  }
  window.logi = { mount };
  for (const element of document.querySelectorAll("[data-logi-widget]")) mount(element);
})();

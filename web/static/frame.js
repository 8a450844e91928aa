// Inside the widget's frame: watches the sign-in, fetches the code, and tells it to the page that holds the frame,
// under the one origin that the server has found on the app's list.
const frame = document.querySelector("main");
const { origin, holder, told } = frame.dataset;
function tell(answer) {
  parent.postMessage({ type: answer.code ? "logi:code" : "logi:error", ...answer }, origin);
}
function show(status) {
  for (const part of document.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(status);
}
async function ask(path) {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams({ holder }) });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}
async function watch() {
  let status = "pending";
  try {
    status = (await ask("/widget/status")).status;
    show(status);
    if (status === "approved") return tell(await ask("/widget/finish"));
  } catch {
    // The next look may succeed.
  }
  if (["pending", "scanned", "approved"].includes(status)) setTimeout(watch, 2000);
}
if (told) tell(JSON.parse(told));
else setTimeout(watch, 2000);

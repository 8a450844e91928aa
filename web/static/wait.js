// Shows a page anew once what it waits for has changed. Without scripts the page asks for itself every few seconds.
const waiting = document.querySelector("[data-wait]");
async function look() {
  try {
    const answer = await fetch(waiting.dataset.wait, { headers: { accept: "application/json" } });
    if (!answer.ok || (await answer.json()).status !== waiting.dataset.state) return location.reload();
  } catch {
    // The next look may succeed.
  }
  setTimeout(look, 2000);
}
setTimeout(look, 2000);

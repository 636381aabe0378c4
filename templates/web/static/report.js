// The report page works without this: it adds a button to print, and nothing else.
const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

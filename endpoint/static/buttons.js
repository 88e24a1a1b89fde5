// Buttons that copy a command; without script they are hidden, and the command can be selected.
import { copied } from "./copy.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  const name = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const words = document.getElementById(button.dataset.copy).textContent;
    button.textContent = (await copied(words)) ? "Copied" : "Copying is not allowed here";
    button.focus();
    setTimeout(() => (button.textContent = name), 2000);
  });
}

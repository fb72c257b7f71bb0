// What a press of a button in our HTML does. Gradio runs this once for each of the page's HTML
// components and gives `element`, `trigger` and `watch`. It never makes HTML out of text.
const deeds = ["cite", "sources", "shut", "read", "again", "edit", "keep", "judge", "ask", "drop"];
// Where the style sheet looks; Gradio keeps its rules away from what lies outside.
const columns = () => document.querySelector("#columns");

function send(deed, data) {
  if (deeds.includes(deed)) trigger(deed, data);
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button || button.disabled) return;
  const data = { ...button.dataset, text: button.textContent };
  const deed = data.do;
  if (deed === "drop" && !window.confirm(`Remove ${data.id} from the index?`)) return;
  if (["cite", "sources", "read"].includes(deed)) {
    // Where focus goes back to when the reader is shut.
    if (!element.closest("#right")) window.quotingOpener = button;
    window.quotingFocus = true;
    columns().dataset.reading = "yes";
  }
  if (deed === "shut") shut();
  send(deed, data);
});

element.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  event.preventDefault();
  send(form.dataset.do, { ...form.dataset, ...Object.fromEntries(new FormData(form)) });
  form.querySelector("[type=submit]").textContent = "Sent";
});

function shut() {
  delete columns().dataset.reading;
  const opener = window.quotingOpener;
  if (opener && opener.isConnected) opener.focus();
}

if (element.closest("#panel")) {
  // Once for the page: the panel is there from the start.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && columns().dataset.reading) shut();
  });
  watch("value", () => {
    const lit = element.querySelector("mark.lit");
    const paper = element.querySelector(".paper");
    if (paper) {
      const top = lit ? lit.getBoundingClientRect().top - paper.getBoundingClientRect().top : 0;
      paper.scrollTop = lit ? paper.scrollTop + top - paper.clientHeight / 3 : 0;
    } else {
      element.scrollTop = 0;
    }
    if (window.quotingFocus) {
      window.quotingFocus = false;
      element.querySelector("h2")?.focus({ preventScroll: true });
    }
  });
}

if (element.closest("#log")) {
  const scroller = element.closest("#log");
  let shown = 0;
  watch("value", () => {
    // A new question goes to the top, with room below it: while its answer grows nothing moves.
    const turns = element.querySelectorAll(".turn");
    if (turns.length > shown) {
      scroller.scrollTop +=
        turns[turns.length - 1].getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    }
    shown = turns.length;
  });
}

if (element.closest("#taken")) {
  // Gradio names its file drop otherwise than it reads; who speaks to the page could not press it.
  const rename = () => {
    const drop = document.querySelector("#upload button[aria-label]");
    if (drop) drop.setAttribute("aria-label", drop.textContent.trim().replace(/\s+/g, " "));
  };
  new MutationObserver(rename).observe(document.querySelector("#tabs"), {
    childList: true,
    subtree: true,
  });
  rename();
}

"use strict";
(() => {
  const form = document.getElementById("filters");
  const rows = Array.from(document.querySelectorAll("#table tbody tr"), (row) => {
    const section = document.getElementById(row.querySelector("a").hash.slice(1));
    return { row, section, text: (row.textContent + " " + section.textContent).toLowerCase() };
  });

  const filter = () => {
    const kind = form.elements.kind.value;
    const state = form.elements.state.value;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, section, text } of rows) {
      const fits =
        (kind === "" || row.dataset.kinds.includes(" " + kind + " ")) &&
        (state === "" || row.dataset.state === state) &&
        words.every((word) => text.includes(word));
      row.hidden = section.hidden = !fits;
      shown += fits;
    }
    form.elements.shown.value = shown + " of " + rows.length + " shown";
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }

  /* A phone has room for one lane of the picture: the same as text reads better there. */
  if (matchMedia("(max-width: 44rem)").matches)
    for (const list of document.querySelectorAll("details > .steps")) list.parentElement.open = true;

  for (const button of document.querySelectorAll(".command button")) {
    const code = button.parentElement.querySelector("code");
    button.hidden = false;
    button.addEventListener("click", async () => {
      getSelection().selectAllChildren(code);
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  }
})();


"use strict";
// Tables that can be sorted, and longer ones that can be searched. Without this they stand as they are.
(() => {
  const FEW_ROWS = 5;
  const value = (row, column) => {
    const text = row.cells[column].dataset.value;
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  // What is empty comes last, whichever way.
  const compare = (first, second, direction) => {
    if (first === "" || second === "") return (first === "") - (second === "");
    if (typeof first === "number" && typeof second === "number") return direction * (first - second);
    return direction * String(first).localeCompare(String(second), "en-GB");
  };
  const sort = (table, heading, column) => {
    const direction = heading.getAttribute("aria-sort") === "descending" ? 1
      : heading.getAttribute("aria-sort") === "ascending" ? -1
      : heading.classList.contains("number") ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [value(row, column), row]);
    rows.sort((first, second) => compare(first[0], second[0], direction));
    body.append(...rows.map(([, row]) => row));
  };
  const makeSortable = (table) => {
    Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.addEventListener("click", () => sort(table, heading, column));
      heading.replaceChildren(button);
    });
  };
  const makeSearchable = (table) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const shown = document.createElement("span");
    const box = document.createElement("div");
    input.type = "search";
    shown.setAttribute("role", "status");
    label.append("Show rows with ", input);
    box.className = "filter";
    box.append(label, shown);
    table.parentElement.before(box);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLocaleLowerCase("en-GB");
      let rows = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !row.textContent.toLocaleLowerCase("en-GB").includes(wanted);
        rows += row.hidden ? 0 : 1;
      }
      shown.textContent = wanted ? `${rows} of ${table.tBodies[0].rows.length} rows` : "";
    });
  };
  for (const table of document.querySelectorAll("table")) {
    const rows = table.tBodies[0].rows;
    if (rows.length < 2) continue;
    makeSortable(table);
    if (rows.length > FEW_ROWS) makeSearchable(table);
  }
  // On paper, everything is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
})();

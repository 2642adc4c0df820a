"use strict";
// Tables sort by a click on, or Enter in, the head of a column; numbers begin with the largest.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const numeric = body.rows.length > 0 && [...body.rows].every((row) => Number.isFinite(Number(value(row))));
      const now = head.getAttribute("aria-sort");
      const ascending = now ? now === "descending" : !numeric;
      const order = (a, b) =>
        numeric ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b), undefined, { numeric: true });
      body.append(...[...body.rows].sort((a, b) => (ascending ? order(a, b) : order(b, a))));
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    });
  });
}

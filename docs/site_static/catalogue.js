// The catalogue, narrowed down by words, family, unit and tables.
document.addEventListener("DOMContentLoaded", () => {
  const words = document.getElementById("kpi-words");
  if (!words) return;
  const selects = [...document.querySelectorAll("select[data-narrows]")];
  const rows = [...document.querySelectorAll(".kpi-table tbody tr")];
  const count = document.getElementById("kpi-count");
  const draw = () => {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const there = asked.every((word) => row.dataset.words.includes(word)) &&
        selects.every((one) => !one.value || row.dataset[one.dataset.narrows].split(" ").includes(one.value));
      row.hidden = !there;
      shown += there;
    }
    count.textContent = `${shown} of ${rows.length}`;
  };
  words.addEventListener("input", draw);
  for (const one of selects) one.addEventListener("change", draw);
  draw();
});

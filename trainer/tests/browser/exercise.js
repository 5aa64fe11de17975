// What a reader does with a report: appended to a copy of it, as its last script. Sends its findings to the page that
// frames the copy, and an error to the console where something is wrong.
window.addEventListener("load", () =>
  setTimeout(async () => {
    const findings = { width: innerWidth, contentWidth: document.documentElement.scrollWidth };
    const expect = (holds, what) => {
      if (!holds) throw new Error(`expected ${what}`);
    };
    const all = (selector) => [...document.querySelectorAll(selector)];
    const slide = (slider, value) => {
      slider.value = value;
      slider.dispatchEvent(new Event("input"));
    };
    try {
      expect(
        findings.contentWidth <= findings.width,
        `nothing wider than ${findings.width}, found ${findings.contentWidth}`,
      );
      all("main > section:not([hidden])").forEach((section) =>
        expect(section.textContent.trim().length > 80, `something in ${section.id}`),
      );
      all(".drawing").forEach((place) =>
        expect(place.querySelector("svg path, svg circle, svg rect"), "a drawing in each plot"),
      );
      expect(all(".drawing").length >= 2, "plots");
      findings.sentences = all("#chosen .sentence").map((sentence) => sentence.textContent);

      // The slider: a hotter softmax is flatter, and T = 1 stays as it is.
      const slider = document.querySelector("#dark-controls input");
      const shares = () =>
        all("#chosen tr.right").map((row) =>
          [...row.querySelectorAll(".share")].map((share) => parseFloat(share.textContent)),
        );
      slide(slider, 2);
      const cold = shares();
      slide(slider, 16);
      const hot = shares();
      expect(cold.length > 0, "pictures with bars");
      cold.forEach(([hardBefore, soft], index) => {
        expect(hot[index][0] === hardBefore, "the same bar at T = 1");
        expect(hot[index][1] < soft, `a softer bar than ${soft} %, found ${hot[index][1]} %`);
      });
      findings.headings = [
        ...new Set(all("#chosen thead th:last-child").map((heading) => heading.textContent)),
      ];

      // Every confused pair opens as many pictures as it counts, up to the cap.
      const cells = all("#confusion button");
      expect(cells.length > 0, "pairs that are confused");
      const data = JSON.parse(document.getElementById("data").textContent);
      const cap = data.caps.cell;
      for (const cell of cells) {
        cell.click();
        const shown = all("#wrong-images li").length;
        expect(
          shown === Math.min(cap, Number(cell.textContent)),
          `${cell.textContent} pictures, found ${shown}`,
        );
        expect(cell.getAttribute("aria-pressed") === "true", "an open cell that says so");
      }
      expect(all('#confusion [aria-pressed="true"]').length === 1, "one open cell");
      findings.cells = cells.length;

      // A picture opens its bars, whose slider is the page's, and closes again.
      document.querySelector("#wrong-images button").click();
      const dialog = document.querySelector("dialog");
      expect(
        dialog.open && dialog.querySelectorAll("table.bars tbody tr").length >= Math.min(data.data.classes.length, 12),
        "bars in a dialog",
      );
      slide(dialog.querySelector("input"), 5);
      expect(Number(slider.value) === 5, "one temperature for the whole page");
      document.getElementById("picture-close").click();
      expect(!dialog.open, "a closed dialog");

      // Every choice that there is.
      all('input[type="radio"]').forEach((radio) => radio.click());
      all("select").forEach((select) =>
        [...select.options].forEach((option) => {
          select.value = option.value;
          select.dispatchEvent(new Event("change"));
        }),
      );
      await Promise.all(all("img").map((image) => image.decode()));
      expect(
        all("img").every((image) => image.naturalWidth === data.data.shape[2]),
        `pictures of ${data.data.shape[2]} columns`,
      );
      expect(
        performance.getEntriesByType("resource").every((entry) => entry.name.startsWith("data:")),
        "no request",
      );
      findings.done = true;
    } catch (error) {
      findings.error = String(error);
      console.error(error);
    }
    parent.postMessage(JSON.stringify(findings), "*");
  }, 300),
);

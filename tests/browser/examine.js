// Looks at a page in both themes; returns what is grave, and how often each colour was measured.
async (alike, contrasts, { counts, grave, light, dark }) => {
  const findings = [];

  async function look(theme, options) {
    document.documentElement.dataset.bsTheme = theme;
    counts = contrasts(counts);
    const { violations } = await axe.run({ exclude: ["[data-alike]"] }, options);
    for (const node of document.querySelectorAll("[data-measured]")) delete node.dataset.measured;
    for (const { id, impact, nodes } of violations) {
      if (!grave.includes(impact)) continue;
      findings.push(
        ...nodes.map(({ target, failureSummary }) => `${theme}: ${id}: ${target} ${failureSummary}`),
      );
    }
  }

  axe.configure({ rules: [{ id: "color-contrast", selector: ":not([data-measured])" }] });
  alike();
  await look("light", light);
  await look("dark", dark);
  return { findings, counts };
};

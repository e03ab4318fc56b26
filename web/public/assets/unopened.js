// In which language is a page told that was opened as a file? The first of the reader's that it has; in both where this cannot run.
if (location.protocol === "file:") {
  document.addEventListener("DOMContentLoaded", () => {
    const known = [...document.querySelectorAll("#unopened > [lang]")];
    const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
    const first = wanted.find((tag) => known.some((one) => one.lang === tag)) ?? "en";
    document.documentElement.lang = first;
    for (const one of known) one.hidden = one.lang !== first;
    // The policy of the page allows no inline style, but what a script sets.
    document.documentElement.style.colorScheme = "light dark";
    Object.assign(document.body.style, { maxWidth: "40rem", margin: "10vh auto", padding: "0 1.2rem", font: "1.05rem/1.6 system-ui, sans-serif" });
    const style = (of, how) => document.querySelectorAll(`#unopened ${of}`).forEach((one) => Object.assign(one.style, how));
    style("h1", { fontSize: "1.7rem", lineHeight: "1.25" });
    style("pre", { padding: ".8rem 1rem", border: "1px solid", borderRadius: "10px", overflowX: "auto", fontSize: ".85rem" });
  });
}

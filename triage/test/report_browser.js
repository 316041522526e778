// What report_browser.sh asks of the page, from a page around it: one line a question, `ok NAME` or `FAIL NAME: found`.
"use strict";
const lines = [];
const check = (name, fine, found = "") => lines.push(fine ? "ok " + name : "FAIL " + name + ": " + found);
const HOSTILE = '<img src=x onerror=alert(1)>"\'&</title></script></style>\\x1b[31m\\x07\\x7f\\u{202e}dlrow\\xff\\xc3(\\nnext\\u{200b}';

const open = (width, height, sandbox) =>
  new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.style = `border: 0; width: ${width}px; height: ${height}px`;
    if (sandbox) frame.sandbox = "allow-same-origin";
    frame.onload = () => resolve(frame.contentWindow);
    frame.src = "report.html";
    document.body.append(frame);
  });

// Everything but what scrolls by itself stays inside the window.
function checkWidth(page, name) {
  const { document, innerWidth } = page;
  const root = document.documentElement;
  check(name + ": no sideways scrolling", root.scrollWidth <= innerWidth, root.scrollWidth + " in " + innerWidth);
  const outside = [...document.body.querySelectorAll("*")].filter(
    (e) => !e.closest(".scroll, pre, thead") && e.getBoundingClientRect().right > innerWidth + 0.5
  );
  check(name + ": nothing sticks out", outside.length === 0, outside.map((e) => e.outerHTML.slice(0, 80)).join());
  const clipped = [...document.querySelectorAll("a, button, select, h1, h2, td, dd, .command code")].filter(
    (e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1
  );
  check(name + ": no text is cut", clipped.length === 0, clipped.map((e) => e.outerHTML.slice(0, 80)).join());
}

// WCAG 2.2, 1.4.3: 4.5 to 1.
function luminance(color) {
  const [r, g, b] = color.match(/[\d.]+/g).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function checkReadable(page, name) {
  const background = (e) => {
    for (; e; e = e.parentElement) {
      const color = page.getComputedStyle(e).backgroundColor;
      if (color !== "rgba(0, 0, 0, 0)") return color;
    }
    return "rgb(255, 0, 255)";
  };
  const faint = new Set(), small = new Set();
  for (const e of page.document.body.querySelectorAll("*:not(script, option, title)")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const style = page.getComputedStyle(e);
    const ink = luminance(e instanceof page.SVGElement ? style.fill : style.color);
    const hit = e.parentElement.querySelector(":scope > rect.hit");
    const paper = luminance(hit ? page.getComputedStyle(hit).fill : background(e));
    if ((Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5) faint.add(e.tagName + "." + (e.className.baseVal ?? e.className));
    if (parseFloat(style.fontSize) < 11) small.add(e.tagName + "." + e.className);
  }
  check(name + ": contrast", faint.size === 0, [...faint].join());
  check(name + ": no tiny print", small.size === 0, [...small].join());
}

function checkHostile({ document }) {
  check("one script", document.scripts.length === 1, document.scripts.length);
  const elements = [...document.querySelectorAll("*")];
  const loaded = elements.filter((e) => /^(img|iframe|object|embed|link|base|audio|video|use|image|foreignobject)$/i.test(e.tagName));
  check("nothing that loads", loaded.length === 0, loaded.length);
  const unsafe = elements.filter((e) => [...e.attributes].some((a) => /^(on|src|style|srcdoc|action|formaction)/i.test(a.name)));
  check("no attribute that runs or loads", unsafe.length === 0, unsafe.length);
  const links = [...document.links].filter((a) => !a.getAttribute("href").startsWith("#") || !document.getElementById(a.hash.slice(1)));
  check("links lead into the page", links.length === 0, links.length);
  const ids = elements.map((e) => e.id).filter(Boolean);
  check("ids are unique", new Set(ids).size === ids.length);
  const told = [...document.querySelectorAll("article h2")].map((e) => e.textContent);
  check("a hostile title is text", told.includes(HOSTILE), told.join());
}

function checkContent({ document }) {
  const race = document.getElementById("bug-b6572c9ec1c3c8cf");
  const stacks = [...race.querySelector(".pair").querySelectorAll(".stack")].map((e) => e.textContent);
  check("two stacks", stacks.length === 2, stacks.length);
  check("the write", /write of 8 bytes.*T2 in put k0[^]*gomap_add map\/gomap.c:187:13[^]*rwmap_put/.test(stacks[0]), stacks[0]);
  check("the read", /earlier read of 8 bytes.*T1 in len[^]*gomap_len map\/gomap.c:124:77[^]*rwmap_len/.test(stacks[1]), stacks[1]);
  check("source at the site", race.querySelector("mark").textContent.includes("187   map->count++;"));
  const picture = race.querySelector("svg.interleaving");
  const count = (what) => picture.querySelectorAll(what).length;
  check("racing pair", count("circle.race") === 2 && count("path.join") === 1, count("circle.race"));
  check("switches", count(".switch") === 3 && count(".tip") === 3, count(".switch"));
  const who = [...picture.querySelectorAll(".who")].map((e) => e.textContent);
  check("who runs stands at each stretch", who.join() === "T1,T2", who.join());
  check("tasks", [...picture.querySelectorAll(".head")].map((e) => e.textContent).join() === "main,T1,T2");
  const y = [...picture.querySelectorAll("circle")].map((e) => +e.getAttribute("cy"));
  check("time goes down", y.every((v, i) => i === 0 || v > y[i - 1]), y.join());
  check("left out steps are counted", /6 more steps/.test(picture.textContent));
  check("discoveries", document.querySelector(".curve.large").querySelectorAll("circle").length === 4);
  const estimates = [...document.querySelectorAll(".mtbf")].map((e) => e.textContent);
  check("an estimate a map", estimates.length === 2, estimates.length);
  check("the estimate's words", /rwmap[^]*MTBF 512,000 inputs \(95 %: [\d,]+ to [\d,]+ inputs\): time to the next new bug[^]*3 new bugs in 512,000 inputs[^]*inputs run, over all workers/.test(estimates[0]), estimates[0]);
  check("command", race.querySelector(".command code").textContent.startsWith("make repro CRASH=out/findings/b6572c9ec1c3c8cf/"));
}

// Every map has its pictures, in both sizes, and nothing of them lies outside of the drawing.
function checkPictures({ document }, shown, hidden) {
  for (const kind of ["growth", "residual"]) {
    const figures = [...document.querySelectorAll("figure." + kind)];
    check(kind + ": one a map", figures.length === 2, figures.length);
    for (const figure of figures) {
      const large = figure.querySelector(".curve." + shown), small = figure.querySelector(".curve." + hidden);
      check(kind + ": the size that fits", large.getClientRects().length === 1 && small.getClientRects().length === 0);
      const frame = large.getBoundingClientRect();
      const outside = [...large.querySelectorAll("text, path, circle, rect, line")].filter((e) => {
        const box = e.getBoundingClientRect();
        return box.left < frame.left - 0.5 || box.right > frame.right + 0.5 || box.top < frame.top - 0.5 || box.bottom > frame.bottom + 0.5;
      });
      check(kind + ": nothing outside", outside.length === 0, outside.map((e) => e.outerHTML.slice(0, 80)).join());
      const texts = [...large.querySelectorAll("text")].map((e) => e.getBoundingClientRect());
      const covered = texts.filter((a, i) => texts.some((b, n) => n > i && a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom));
      check(kind + ": no text over another", covered.length === 0, covered.length);
    }
  }
  const [growth] = document.querySelectorAll("figure.growth"), dots = [...growth.querySelector(".curve." + shown).querySelectorAll("circle")];
  check("growth: a dot a bug, with its title", dots.map((e) => e.textContent).join("|").startsWith("a block of 88 bytes is never freed|len reads the count while put writes it|rwmap: two get-or-insert"), dots.map((e) => e.textContent).join("|"));
  check("growth: curve and band", growth.querySelector(".curve path.fit[d*=L]") && growth.querySelector(".curve path.band[d$=Z]"));
}

function checkFilters({ document, Event }) {
  const form = document.getElementById("filters");
  const shown = (what) => [...document.querySelectorAll(what)].filter((e) => e.getClientRects().length > 0);
  const set = (kind, state, text) => {
    const { elements } = form;
    elements.kind.value = [...elements.kind.options].find((o) => o.textContent === kind).value;
    elements.state.value = state;
    elements.text.value = text;
    form.dispatchEvent(new Event("input", { bubbles: true }));
    return shown("#table tbody tr").length + "/" + shown("article").length;
  };
  check("filters are there", shown("#filters").length === 1);
  check("nothing chosen", set("all", "", "") === "6/6");
  check("by kind", set("deadlock", "", "") === "1/1" && shown("article")[0].id === "bug-7527bbf91a68ac63");
  check("by state", set("all", "regressed", "") === "1/1" && shown("article")[0].id === "bug-14a6702ff370e709");
  check("by text", set("all", "", "GOMAP_LEN  count") === "1/1" && shown("article")[0].id === "bug-b6572c9ec1c3c8cf");
  check("by hostile text", set("all", "", "<img onerror=alert") === "1/1" && shown("article")[0].id === "bug-5");
  check("all at once", set("deadlock", "fixed", "") === "0/0");
  check("how many", form.elements.shown.value === "0 of 6 shown", form.elements.shown.value);
  set("all", "", "");
}

function checkKeyboard({ document }) {
  const scrolling = [...document.querySelectorAll("pre, .scroll")].filter((e) => e.scrollWidth > e.clientWidth && e.tabIndex !== 0);
  check("what scrolls takes the focus", scrolling.length === 0, scrolling.length);
  const labelled = [...document.querySelectorAll("select, input")].every((e) => e.labels.length === 1);
  check("controls are labelled", labelled);
  const hit = document.querySelector("article button");
  hit.focus();
  check("buttons take the focus", document.activeElement === hit);
  hit.click();
  const command = hit.parentElement.querySelector("code").textContent;
  check("copying takes the command", document.getSelection().toString().trim() === command, document.getSelection().toString());
}

async function ask(dark) {
  const laptop = await open(1440, 900), phone = await open(390, 844);
  check("dark mode", laptop.matchMedia("(prefers-color-scheme: dark)").matches === dark);
  checkReadable(laptop, "laptop");
  checkReadable(phone, "phone");
  if (dark) return;
  const open_lists = ({ document }) => document.querySelectorAll("details[open] > .steps").length;
  check("phone: the interleaving as text is open", open_lists(phone) > 0 && open_lists(laptop) === 0, open_lists(laptop));
  const heights = [...phone.document.querySelectorAll(".scroll")].map((e) => e.offsetHeight);
  check("phone: pictures leave room for the page", heights.length > 0 && heights.every((h) => h <= 0.76 * 844), heights.join());
  for (const details of phone.document.querySelectorAll("details")) details.open = true;
  for (const details of laptop.document.querySelectorAll("details")) details.open = true;
  checkWidth(laptop, "laptop");
  checkWidth(phone, "phone");
  const [a, b] = laptop.document.querySelectorAll(".pair > .stack"), [c, d] = phone.document.querySelectorAll(".pair > .stack");
  check("laptop: stacks side by side", a.offsetTop === b.offsetTop && a.offsetLeft + a.offsetWidth < b.offsetLeft);
  check("phone: stacks one below the other", c.offsetLeft === d.offsetLeft && c.offsetTop + c.offsetHeight < d.offsetTop);
  check("phone: the curve's own size", phone.document.querySelector(".curve.small").getClientRects().length === 1 && phone.document.querySelector(".curve.large").getClientRects().length === 0);
  checkPictures(laptop, "large", "small");
  checkPictures(phone, "small", "large");
  checkHostile(laptop);
  checkContent(laptop);
  checkFilters(laptop);
  checkKeyboard(laptop);
}

async function askWithoutScript() {
  const { document } = await open(1440, 900, true);
  const shown = (what) => [...document.querySelectorAll(what)].filter((e) => e.getClientRects().length > 0).length;
  check("without script: no filters, no buttons", shown("#filters") === 0 && shown("button") === 0);
  check("without script: all bugs", shown("#table tbody tr") === 6 && shown("article") === 6);
}

const mode = location.hash.slice(1);
(mode === "plain" ? askWithoutScript() : ask(mode === "dark"))
  .then(() => check("done", true), (error) => check("done", false, error.stack))
  .then(() => (document.body.textContent = "\n" + lines.join("\n") + "\n"));

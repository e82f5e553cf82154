"use strict";

/* A reading under the pointer, in every chart. */
for (const chart of document.querySelectorAll(".chart")) {
  const points = JSON.parse(chart.dataset.points);
  const cursor = chart.querySelector(".cursor");
  const [line, dot, label] = cursor.children;
  const box = chart.viewBox.baseVal;
  chart.addEventListener("pointermove", (event) => {
    const frame = chart.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * box.width;
    const near = points.reduce((best, point) => (Math.abs(point[2] - x) < Math.abs(best[2] - x) ? point : best));
    const [step, , px, py, shown] = near;
    for (const [name, value] of [["x1", px], ["x2", px], ["y1", 12], ["y2", box.height - 24]]) line.setAttribute(name, value);
    dot.setAttribute("cx", px);
    dot.setAttribute("cy", py);
    const left = px > box.width * 0.6;
    label.setAttribute("x", left ? px - 7 : px + 7);
    label.setAttribute("y", Math.max(20, py - 8));
    label.setAttribute("text-anchor", left ? "end" : "start");
    label.textContent = `${shown} · step ${step}`;
    cursor.setAttribute("visibility", "visible");
  });
  chart.addEventListener("pointerleave", () => cursor.setAttribute("visibility", "hidden"));
}

/* The browser of completions. Text from a model only ever becomes text nodes. */
const source = document.getElementById("data");
if (source) {
  const { groups, pictures } = JSON.parse(source.textContent);
  const find = (id) => document.getElementById(id);
  const make = (kind, className, text) => {
    const node = document.createElement(kind);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const rightShare = (group) => group.completions.filter((one) => one.right).length / Math.max(1, group.completions.length);
  const kinds = {
    "": () => true,
    mixed: (share) => share > 0 && share < 1,
    wrong: (share) => share < 1,
    allright: (share) => share === 1,
    allwrong: (share) => share === 0,
  };
  const number = (value, digits = 2) =>
    value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
  let shown = groups;
  let at = 0;

  const marked = (text) => {
    const node = make("div", "text");
    let inAnswer = false;
    for (const piece of text.split(/(<\/?[a-z_]+>)/i)) {
      if (!piece) continue;
      const tag = /^<(\/?)([a-z_]+)>$/i.exec(piece);
      if (tag) {
        if (tag[2].toLowerCase() === "answer") inAnswer = tag[1] === "";
        node.append(make("span", "tag", piece));
      } else {
        node.append(make("span", inAnswer ? "said" : "", piece));
      }
    }
    return node;
  };

  /* The deeper the ground, the more ways the model saw to go on; 2 nats are as good as 7 equal choices. */
  const coloured = (one) => {
    const node = make("div", "text");
    one.pieces.forEach((piece, place) => {
      const nats = one.entropies[place] ?? 0;
      const span = make("span", "token", piece);
      span.style.setProperty("--depth", Math.min(1, nats / 2).toFixed(2));
      span.title = `${nats.toFixed(2)} nats`;
      node.append(span);
    });
    return node;
  };

  const body = (one) => {
    if (!one.text && !one.pieces.length) return make("div", "text none", "(nothing)");
    return find("colour").checked && one.pieces.length ? coloured(one) : marked(one.text);
  };

  const fact = (head, name, value) => {
    const node = make("span", "", `${name} `);
    node.append(make("b", "", value));
    head.append(node);
  };

  const written = (one) => {
    const card = make("article", one.right ? "written right" : "written");
    const head = make("div", "head");
    head.append(make("span", "verdict", one.right ? "right" : "wrong"));
    fact(head, "reward", number(one.reward));
    for (const [name, value] of Object.entries(one.parts)) fact(head, name, number(value));
    if (one.advantage !== null) fact(head, "advantage", number(one.advantage));
    if (one.reason) fact(head, "read", one.reason);
    if (one.status && one.status !== "completed") fact(head, "ended", one.status.replaceAll("_", " "));
    card.append(head, body(one));
    return card;
  };

  const asked = (group) => {
    const side = make("div", "asked");
    for (const name of group.images) {
      if (pictures[name]) {
        const image = make("img");
        image.alt = `picture of ${group.task}`;
        image.addEventListener("load", () => image.classList.toggle("small", image.naturalWidth < 160));
        image.src = pictures[name];
        side.append(image);
      } else {
        side.append(make("div", "missing", "picture not found"));
      }
    }
    if (group.question) side.append(make("p", "", group.question));
    if (group.answer !== null) {
      const gold = make("p", "", "Answer: ");
      gold.append(make("b", "", group.answer));
      side.append(gold);
    }
    if (group.prompt && group.prompt !== group.question) {
      const details = make("details");
      details.append(make("summary", "", "The whole prompt"), make("p", "", group.prompt));
      side.append(details);
    }
    side.append(make("p", "task", `${group.task} · step ${group.step}`));
    return side;
  };

  const draw = () => {
    const home = find("group");
    home.replaceChildren();
    for (const [index, button] of [...find("strip").children].entries()) {
      button.setAttribute("aria-current", index === at);
    }
    if (!shown.length) {
      home.append(make("p", "empty", "No group like this in the sample."));
      find("place").textContent = "";
      return;
    }
    const group = shown[at];
    const right = group.completions.filter((one) => one.right).length;
    find("place").textContent =
      `${at + 1} of ${shown.length} · step ${group.step} · ${right} of ${group.completions.length} right`;
    const list = make("div");
    group.completions.forEach((one) => list.append(written(one)));
    home.append(asked(group), list);
  };

  const go = (index) => {
    at = Math.min(Math.max(index, 0), Math.max(0, shown.length - 1));
    draw();
  };

  const filter = () => {
    const step = find("step").value;
    const keep = kinds[find("which").value];
    shown = groups.filter((group) => (step === "" || String(group.step) === step) && keep(rightShare(group)));
    find("strip").replaceChildren(
      ...shown.map((group, index) => {
        const button = make("button");
        button.type = "button";
        button.title = `step ${group.step}, ${Math.round(rightShare(group) * 100)} % right`;
        button.setAttribute("aria-label", button.title);
        const part = make("i");
        part.style.height = `${rightShare(group) * 100}%`;
        button.append(part);
        button.addEventListener("click", () => go(index));
        return button;
      }),
    );
    go(0);
  };

  for (const step of new Set(groups.map((group) => group.step))) {
    const option = make("option", "", step);
    option.value = step;
    find("step").append(option);
  }
  find("step").addEventListener("change", filter);
  find("which").addEventListener("change", filter);
  find("colour").addEventListener("change", draw);
  find("colour").closest("label").hidden = !groups.some((group) => group.completions.some((one) => one.pieces.length));
  find("previous").addEventListener("click", () => go(at - 1));
  find("next").addEventListener("click", () => go(at + 1));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("select, input, textarea") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") go(at - 1);
    else if (event.key === "ArrowRight") go(at + 1);
    else return;
    event.preventDefault();
  });
  filter();
}

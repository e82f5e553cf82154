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

/* The rollout browser. Text from a model only ever becomes text nodes. */
const source = document.getElementById("data");
if (source) {
  const { groups, images } = JSON.parse(source.textContent);
  const find = (id) => document.getElementById(id);
  const make = (kind, className, text) => {
    const node = document.createElement(kind);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const episodesOf = (group) => group.episodes ?? [];
  const segmentsOf = (episode) => episode.trajectories.flatMap((trajectory) => trajectory.segments);
  const rightShare = (group) =>
    episodesOf(group).filter((episode) => episode.right).length / Math.max(1, episodesOf(group).length);
  const kinds = {
    "": () => true,
    mixed: (share) => share > 0 && share < 1,
    wrong: (share) => share < 1,
    allright: (share) => share === 1,
    allwrong: (share) => share === 0,
  };
  const number = (value, digits = 2) =>
    value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
  const signed = (value) => (value > 0 ? "+" : "") + number(value);

  /* What tokens can be coloured by: depth of colour from 0 to 1, and the ends of the scale in words.
     2 nats are as open as 7 equal choices. */
  const colours = {
    entropies: { title: "entropy", depth: (v) => v / 2, ends: ["0 nats", "2 nats or more"] },
    logprobs: { title: "log-prob", depth: (v) => -v / 3, ends: ["certain", "log-prob −3 or less"] },
    advantages: { title: "advantage", depth: (v) => Math.abs(v) / 2, ends: ["0", "2 or more, red where negative"] },
  };
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
        node.append(make("span", inAnswer ? "answer" : "", piece));
      }
    }
    return node;
  };

  const coloured = (segment, kind) => {
    const node = make("div", "text");
    segment.pieces.forEach((piece, index) => {
      const value = segment[kind][index] ?? 0;
      const span = make("span", value < 0 && kind === "advantages" ? "token minus" : "token", piece);
      span.style.setProperty("--depth", Math.min(1, Math.max(0, colours[kind].depth(value))).toFixed(2));
      span.title = Object.keys(colours)
        .filter((name) => segment[name]?.[index] !== undefined && segment[name][index] !== null)
        .map((name) => `${colours[name].title} ${number(segment[name][index], 3)}`)
        .join("\n");
      node.append(span);
    });
    return node;
  };

  const shownImage = (name, alt) => {
    if (!images[name]) return make("div", "missing", "image not found");
    const image = make("img");
    image.alt = alt;
    image.addEventListener("load", () => image.classList.toggle("small", image.naturalWidth < 160));
    image.src = images[name];
    return image;
  };

  const written = (segment) => {
    const kind = find("colour").value;
    if (!segment.text && !segment.pieces?.length) return make("div", "text none", "(nothing)");
    return kind && segment.pieces?.length && segment[kind]?.length ? coloured(segment, kind) : marked(segment.text);
  };

  /* A segment of another speaker than the model: a tool's answer, or what a second conversation was asked. */
  const observed = (segment) => {
    const node = make("div", "observed");
    node.append(make("span", "role", segment.role));
    for (const name of segment.images ?? []) node.append(shownImage(name, `image of ${segment.role}`));
    if (segment.text) node.append(make("div", "text", segment.text));
    return node;
  };

  const fact = (head, name, value, className = "") => {
    const node = make("span", className, `${name} `);
    node.append(make("b", "", value));
    head.append(node);
  };

  const verdict = (episode) => {
    if (episode.reward.status === "error") return "error";
    if (episode.reward.status === "abstain") return "abstained";
    return episode.right ? "right" : "wrong";
  };

  const card = (episode) => {
    const node = make("article", episode.right ? "written right" : "written");
    const head = make("div", "head");
    head.append(make("span", "verdict", verdict(episode)));
    fact(head, "reward", number(episode.reward.value));
    const parts = Object.entries(episode.reward.parts ?? {});
    if (parts.length) fact(head, "of", parts.map(([name, value]) => `${name} ${number(value)}`).join(" · "), "parts");
    if (episode.advantage !== undefined && episode.advantage !== null) {
      fact(head, "advantage", signed(episode.advantage), episode.advantage < 0 ? "minus" : "plus");
    }
    if (episode.reward.reason) fact(head, "because", episode.reward.reason);
    const status = episode.status ?? "completed";
    if (status !== "completed") fact(head, "ended", status.replaceAll("_", " "));
    if (episode.error) fact(head, "error", episode.error);
    node.append(head);
    episode.trajectories.forEach((trajectory, index) => {
      if (index > 0) node.append(make("div", "second", `second conversation: ${trajectory.name}`));
      for (const segment of trajectory.segments) {
        if (segment.role !== "model") node.append(observed(segment));
        else if (segment.text || segment.trainable) node.append(written(segment));
      }
    });
    return node;
  };

  const titled = (title, text, className = "") => {
    const node = make("div", `titled ${className}`);
    node.append(make("h4", "", title), make("p", "", text));
    return node;
  };

  const asked = (group) => {
    const side = make("div", "asked");
    for (const name of group.images ?? []) side.append(shownImage(name, `image of ${group.task}`));
    const prompt = group.prompt_text ?? "";
    if (prompt) side.append(titled("Prompt", prompt, "prompt"));
    if (group.question && !prompt.includes(group.question)) side.append(titled("Question", group.question));
    const options = (group.options ?? []).filter((option) => !prompt.includes(option));
    if (options.length) side.append(titled("Options", options.join("\n")));
    if (group.answer !== null && group.answer !== undefined) side.append(titled("Reference answer", group.answer));
    const facts = [group.task, `step ${group.step}`];
    if (group.family) facts.push(group.family);
    if (group.expert) facts.push(`expert: ${group.expert}`);
    if (group.prefix_tokens) facts.push(`${group.prefix_tokens} tokens of each answer were given`);
    side.append(make("p", "task", facts.join(" · ")));
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
    const right = episodesOf(group).filter((episode) => episode.right).length;
    find("place").textContent =
      `${at + 1} of ${shown.length} · step ${group.step} · ${right} of ${episodesOf(group).length} right`;
    const list = make("div");
    episodesOf(group).forEach((episode) => list.append(card(episode)));
    home.append(asked(group), list);
    const colour = colours[find("colour").value];
    find("scale").hidden = !colour;
    if (colour) {
      find("scale").replaceChildren(make("span", "", colour.ends[0]), make("i"), make("span", "", colour.ends[1]));
    }
  };

  const go = (index) => {
    at = Math.min(Math.max(index, 0), Math.max(0, shown.length - 1));
    draw();
  };

  const textOf = (group) =>
    [group.task, group.prompt_text, group.question, ...episodesOf(group).flatMap(segmentsOf).map((one) => one.text)]
      .join("\n")
      .toLowerCase();

  const filter = () => {
    const step = find("step").value;
    const keep = kinds[find("which").value];
    const wanted = find("find").value.trim().toLowerCase();
    shown = groups.filter(
      (group) =>
        (step === "" || String(group.step) === step) &&
        keep(rightShare(group)) &&
        (wanted === "" || textOf(group).includes(wanted)),
    );
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
  const every = groups.flatMap(episodesOf).flatMap(segmentsOf);
  for (const [name, { title }] of Object.entries(colours)) {
    if (!every.some((segment) => segment.pieces?.length && segment[name]?.length)) continue;
    const option = make("option", "", title);
    option.value = name;
    find("colour").append(option);
  }
  const choices = [...find("colour").options];
  if (choices.length > 1) find("colour").value = choices[1].value;
  find("colour").closest("label").hidden = choices.length < 2;
  find("step").addEventListener("change", filter);
  find("which").addEventListener("change", filter);
  find("find").addEventListener("input", filter);
  find("colour").addEventListener("change", draw);
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
  go(Math.max(0, shown.findIndex((group) => kinds.mixed(rightShare(group)))));
}

// Where teacher and student agree, and the images on which they do not.

function agreementRows(entry) {
  const both = entry.both_right + entry.same_error;
  const all = both + entry.teacher_right + entry.student_right + entry.different_errors;
  const row = (text, count) => [text, counted(count), percent(count / all)];
  return {
    all,
    both,
    rows: [
      row("both right", entry.both_right),
      row("only the teacher right", entry.teacher_right),
      row("only the student right", entry.student_right),
      row("both wrong, with the same answer", entry.same_error),
      row("both wrong, with different answers", entry.different_errors),
    ],
  };
}

function agreementPart(entry) {
  const { all, both, rows } = agreementRows(entry);
  const wanted = all - both;
  const caption = (picture) => {
    const [taught] = ranked(answerOf(picture, entry.teacher));
    const [learnt] = ranked(answerOf(picture, entry.student));
    const mark = (answer) => classes[answer] + (answer === picture.label ? " ✓" : " ✗");
    return [`teacher ${mark(taught)}`, `student ${mark(learnt)}`];
  };
  const shown =
    entry.pictures.length < wanted
      ? `The ${entry.pictures.length} with the largest divergence of ${counted(wanted)}`
      : plural(wanted, "image");
  return element(
    "div",
    {},
    element(
      "p",
      {},
      `The same answer on ${percent(both / all)} of ${imagesText}. Mean divergence of the student's probabilities from the teacher's, KL at T = 1: ${entry.divergence.toFixed(4)} nats.`,
    ),
    tableOf(`${detailName(entry.teacher)} and ${detailName(entry.student)}`, ["", "images", "share"], rows),
    element("h3", {}, "Where they disagree"),
    element("p", { className: "quiet" }, `${shown}. ✓ is right, ✗ wrong.`),
    gallery(entry.pictures, caption, entry.student),
  );
}

function showAgreement() {
  if (!data.agreements.length) {
    hideSection("agreement");
    return;
  }
  byId("agreement-text").textContent =
    "A student can be as right as its teacher and still be right elsewhere. What a baseline shares with the teacher, it shares by chance and by the pictures; what a distilled student shares beyond that was passed on.";
  const names = data.agreements.map((entry) => detailName(entry.student));
  const show = (position) => byId("agreement").replaceChildren(agreementPart(data.agreements[position]));
  byId("agreement-controls").append(choice("Student", names, show));
}

showAgreement();

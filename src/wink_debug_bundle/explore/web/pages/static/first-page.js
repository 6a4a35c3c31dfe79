// Fill in what takes time: the outcome, if it was not known at once, and which questions have no rows in this bundle.
(async () => {
    "use strict";

    const late = document.querySelector("[data-outcome]");
    if (late) {
        const response = await fetch(late.dataset.outcome, { credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        late.replaceWith(...(response.ok ? page.body.childNodes : ["What happened could not be counted."]));
    }

    const questions = document.querySelector("[data-unanswered]");
    const response = await fetch(questions.dataset.unanswered, { credentials: "same-origin" });
    if (!response.ok) return;
    const { unanswered } = await response.json();
    for (const name of unanswered) {
        const question = document.querySelector(`[data-question="${CSS.escape(name)}"]`);
        if (!question) continue;
        question.classList.add("unanswered");
        question.querySelector("a").append(" (no rows)");
    }
    document.documentElement.dataset.questions = "done";
})();

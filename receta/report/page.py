"""Out of which parts is the page of a run made, and in which order?"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from receta import tasks
from receta.core import amounts, disk
from receta.core.finding import worst
from receta.evaluation.usefulness import next_steps
from receta.report import story, sureness, tables, texts, verdict, words
from receta.report.charts import forecasts, panels, sketches
from receta.report.facts import Facts
from receta.report.translated import in_language

HERE = Path(__file__).parent


@functools.cache
def _environment() -> jinja2.Environment:
    """Templates with our filters; everything is escaped that is not marked as safe."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        finalize=words.finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=words.number,
        amount=amounts.short,
        percent=words.percent,
        probability=words.probability,
        duration=words.duration,
        size=words.size,
        setting=words.setting,
        soft=words.soft,
        question=words.question,
        commands=words.commands,
        command=words.command,
    )
    made.globals.update(
        plural=words.plural,
        measured=sketches.say_measured,
        expected=sketches.say_expected,
        part_names=words.PARTS,
        verdicts=words.VERDICTS,
    )
    return made


def fill_template(name: str, **values: Any) -> str:
    """A page that loads nothing else, in the language that is spoken: style and script inside."""
    style, script = (HERE / "page.css").read_text("utf-8"), (HERE / "page.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = (
        _environment()
        .get_template(name)
        .render(style=Markup(style), script=Markup(script), script_hash=digest, **values)
    )
    return in_language(text)


def write_page(facts: Facts, path: Path) -> None:
    """Write the page of a run atomically, as UTF-8."""
    disk.write_text(path, render_page(facts))


def render_page(facts: Facts) -> str:
    """The whole page of a run as one HTML text, in the language that is spoken."""
    task = tasks.of(facts.data.task)
    colours = {rung.name: f"var(--c{i % story.COLOURS})" for i, rung in enumerate(facts.rungs)}
    classes, things = story.count_classes(facts), facts.data.noun.many
    return fill_template(
        "page.html.jinja",
        facts=facts,
        data=facts.data,
        by_label=task.IS_COUNTED and not task.IS_EXCLUSIVE,
        task=task,
        kind=facts.data.kind,
        things=things,
        figure=functools.partial(verdict.figure, facts),
        errors=story.list_errors(facts),
        scores=facts.scores,
        colours=colours,
        headline=verdict.headline(facts),
        conclusions=verdict.conclusions(facts),
        troubles=verdict.troubles(facts),
        usefulness=verdict.usefulness(facts),
        next_steps=next_steps(
            verdict.usefulness(facts), facts.folder, facts.data.place, things, longer=facts.longer
        )
        if facts.folder
        else [],
        worst=worst(verdict.concerning(facts)),
        versus=panels.draw_baselines(facts, colours),
        level=facts.scores.get("level") or 0.95,
        interval=verdict.interval(facts),
        classes=classes,
        alike=story.say_alike([row["n"] for row in classes], things),
        parts=story.count_parts(facts),
        samples=story.show_samples(facts),
        reasons=story.count_reasons(facts),
        outlines=story.outline_sizes(facts),
        seen=story.show_tensor(facts),
        checks=story.sort_findings(facts, colours),
        panels=panels.draw_curves(facts, colours),
        matrix=panels.draw_confusion(facts),
        per_class=story.sort_classes(facts),
        calibration=panels.draw_calibration(facts),
        calibration_sentence=verdict.calibration_sentence(facts),
        set_right=verdict.set_right_sentence(facts),
        sure_sentences=sureness.sure_sentences(facts),
        refused=verdict.refused_sentence(facts),
        mistakes=story.show_mistakes(facts),
        values=tables.show_values(facts),
        coverage=tables.say_coverage(facts),
        rows=tables.list_worst(facts),
        texts=texts.show_texts(facts),
        columns=tables.show_columns(facts),
        two_classes=tables.show_order(facts, colours.get(facts.best, "var(--accent)")),
        series=facts.series,
        forecasts=forecasts.draw_forecasts(facts.series),
        many=story.MANY_CLASSES,
        most_listed=story.MOST_LISTED,
    )

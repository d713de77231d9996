"""The page itself, run by Streamlit from top to bottom at each change. Predictions and explanations come from the API."""

import os
from typing import Any

import pandas as pd
import streamlit as st

from classifier.tables import UnusableInput
from responder import workbooks
from responder.client import ApiError, Client, ClientError, Explanation, Prediction
from responder.explain_app import charts, rows

FIGURES = {"the category": "category", "an emergency": "emergency", "the priority": "priority"}
METHODS = {"Integrated gradients": "integrated_gradients", "Leaving words out": "occlusion"}


def main() -> None:
    """Everything, in the order of the page."""
    st.set_page_config(page_title="Responder: why?", page_icon=None, layout="wide")
    st.title("What the model reads, and why")
    st.write(
        "Model output is a suggestion: people decide. Texts are sent to your Responder server and not stored there."
    )
    client = _client()
    if client is None:
        return
    upload, text_column = _input()
    if upload is None:
        st.info("Upload a file, or paste texts, to begin.")
        return
    found = _predictions(client, upload, text_column)
    if found is None:
        return
    table = rows.as_table(upload.rows, found, text_column)
    overview, why, compare = st.tabs(["Overview", "Why?", "Compare"])
    with overview:
        _overview(table, found, upload)
    with why:
        _why(client, table)
    with compare:
        _compare(table)


def _client() -> Client | None:
    with st.sidebar:
        st.header("Server")
        url = st.text_input("Address", os.environ.get("RESPONDER_URL", "http://127.0.0.1:8000"))
        given = os.environ.get("RESPONDER_TOKEN", "")
        token = st.text_input("Token", type="password", help="/developers/ on the server makes one") or given
        if given:
            st.write("A token came with the command: leave the field empty to use it.")
    if not token:
        st.info("Give a token of your server in the side bar.")
        return None
    try:
        return Client(url, token, retries=2, longest_wait_s=10)
    except ValueError as error:
        st.error(str(error))
        return None


def _input() -> tuple[rows.Upload | None, str]:
    with st.sidebar:
        st.header("Texts")
        file = st.file_uploader("CSV, TSV or NDJSON", type=["csv", "tsv", "ndjson", "jsonl"])
        column = st.text_input("Column with the text", "text")
        pasted = st.text_area("Or paste, one text a line", max_chars=100_000)
    try:
        if file is not None:
            return rows.read_file(file.name, file.getvalue(), text_column=column), column
    except UnusableInput as error:
        st.error(str(error))
        return None, column
    upload = rows.read_paste(pasted)
    return (upload if upload.rows else None), "text"


def _predictions(client: Client, upload: rows.Upload, column: str) -> list[Prediction] | None:
    """Asked for once for the same texts, whatever else changes on the page."""
    slot, texts = st.empty(), tuple(row[column] for row in upload.rows)  # what follows keeps its place at every run
    kept = st.session_state.get("found")
    if kept and kept[0] == texts:
        return list(kept[1])
    bar, found = slot.progress(0.0, "Classifying"), list[Prediction]()
    try:
        for one in client.predict_stream(texts):
            found.append(one)
            bar.progress(len(found) / len(texts), f"Classifying: {len(found):,} of {len(texts):,}")
    except ClientError as error:
        st.error(str(error))
        return None
    finally:
        slot.empty()
    st.session_state["found"] = (texts, found)
    return found


def _overview(table: pd.DataFrame, found: list[Prediction], upload: rows.Upload) -> None:
    if upload.bad:
        with st.expander(f"{len(upload.bad):,} rows could not be read"):
            st.write("\n".join(f"- {one}" for one in upload.bad[:100]))
    if upload.cut:
        st.warning(f"Only the first {rows.MOST_ROWS:,} rows were taken. Send large files at /files/ of the server.")
    model = found[0].model if found else None
    columns = st.columns(4)
    columns[0].metric("Texts", f"{len(table):,}")
    columns[1].metric("Emergencies", f"{(table.emergency >= 0.5).mean():.0%}")
    columns[2].metric("Model abstains", f"{table.abstained.mean():.0%}")
    columns[3].metric("Places found", f"{table.latitude.notna().mean():.0%}")
    st.subheader("By category and confidence")
    left, right = st.columns(2)
    left.altair_chart(charts.categories(table))
    right.altair_chart(charts.confidence(table))
    st.subheader("Where")
    drawn = charts.place_map(table)
    if drawn is not None:
        st.altair_chart(drawn)
    else:
        st.write("No text names a place that could be found.")
    st.subheader("All texts")
    st.dataframe(table, hide_index=True)
    st.download_button("Download CSV", rows.as_csv(table), "predictions.csv", "text/csv")
    st.download_button("Download Excel", rows.as_xlsx(table), "predictions.xlsx", workbooks.CONTENT_TYPE)
    st.download_button("Download NDJSON", rows.as_ndjson(found), "predictions.ndjson", "application/x-ndjson")
    if model:
        st.write(f"Answered by {model.name} {model.version} ({model.sha256[:12]}…).")


def _why(client: Client, table: pd.DataFrame) -> None:
    chosen = st.selectbox("Text", range(len(table)), format_func=lambda n: f"{n + 1}. {table.text[n][:120]}")
    text = st.text_area("What if it said …", table.text[chosen], key=f"edit-{chosen}", max_chars=10_000)
    left, right = st.columns(2)
    method = left.radio("Method", list(METHODS), index=1, horizontal=True)
    figure = right.radio("Explain", list(FIGURES), horizontal=True)
    if not text.strip():
        st.info("Enter a text to explain.")
        return
    explanation = _explained(client, text, METHODS[method])
    if explanation is None:
        return
    _answer(explanation.prediction, table.iloc[chosen], changed=text != table.text[chosen])
    words = pd.DataFrame(
        [
            {"word": f"{n + 1}. {word['text']}", "contribution": word["contributions"][FIGURES[figure]]}
            for n, word in enumerate(explanation.words)
        ]
    )
    st.subheader(f"What each word adds to {figure}")
    if not words.empty:
        st.altair_chart(charts.contributions(words))
        st.dataframe(words, hide_index=True)
    more: dict[str, Any] = explanation.model_extra or {}
    st.write(str(more.get("note", "")))
    st.subheader("Most alike among texts that people labelled")
    examples = more.get("examples") or []
    if examples:
        st.dataframe(pd.DataFrame(examples), hide_index=True)
    else:
        st.write("There are none.")


def _explained(client: Client, text: str, method: str) -> Explanation | None:
    """Without torch on the server its gradients are refused, and words are left out instead."""
    key = (text, method)
    kept = st.session_state.get("explanation")
    if kept and kept[0] == key:
        explanation: Explanation = kept[1]
        return explanation
    try:
        with st.spinner("Explaining"):
            explanation = client.explain(text, method=method)
    except ApiError as error:
        if error.status == 400 and method != "occlusion":
            st.warning("The server has no torch: words are left out one by one instead.")
            return _explained(client, text, "occlusion")
        st.error(str(error))
        return None
    except ClientError as error:
        st.error(str(error))
        return None
    st.session_state["explanation"] = (key, explanation)
    return explanation


def _answer(now: Prediction, before: Any, *, changed: bool) -> None:
    columns = st.columns([2, 1, 1, 1])
    moved = {
        "Category": (now.category.label.replace("_", " "), None),
        "Probability": (f"{now.category.probability:.2f}", now.category.probability - before.probability),
        "Emergency": (f"{now.emergency.probability:.2f}", now.emergency.probability - before.emergency),
        "Priority": (f"{now.priority.label} ({now.priority.score:.2f})", now.priority.score - before.score),
    }
    for column, (label, (value, delta)) in zip(columns, moved.items(), strict=True):
        column.metric(label, value, f"{delta:+.2f}" if changed and delta is not None else None)
    if changed:
        st.write(f"Before the edit: {before.category.replace('_', ' ')}.")


def _compare(table: pd.DataFrame) -> None:
    names = [
        name
        for name in table.columns
        if name not in ("text", "latitude", "longitude", "probability", "score", "emergency")
    ]
    by = st.selectbox("Compare by", names)
    counts = table[by].astype(str).value_counts()
    if len(counts) < 2:
        st.info("All texts are alike in this: choose something else.")
        return
    left, right = st.columns(2)
    first = left.selectbox("One slice", list(counts.index[:200]), index=0)
    second = right.selectbox("The other", list(counts.index[:200]), index=1)
    parts = [table[table[by].astype(str) == value].assign(slice=value) for value in (first, second)]
    figures = [
        {"slice": value, "texts": len(part), "mean probability": part.probability.mean(),
         "emergencies": (part.emergency >= 0.5).mean(), "abstains": part.abstained.mean(), "mean priority": part.score.mean()}
        for value, part in zip((first, second), parts, strict=True)
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(figures).round(3), hide_index=True)
    shares = [
        part.groupby(["slice", "category"], as_index=False).size().assign(share=lambda d: d["size"] / d["size"].sum())
        for part in parts
    ]
    st.altair_chart(charts.slices(pd.concat(shares)))


main()

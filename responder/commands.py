"""The commands of `responder`, in groups: what `responder --help` lists, and what reads no settings to say so."""

GROUPS: dict[str, dict[str, str]] = {
    "Run": {
        "up": "start everything on one machine; Ctrl-C stops it",
        "run-feeds": "listen to the sources as a service of its own",
        "qcluster": "run exports, imports and webhooks as a service of its own",
        "play-exercise": "play the bundled exercise live",
    },
    "Set up": {
        "init": "name the organisation and create the first administrator",
        "doctor": "check settings, database, Redis, disk, model and mail, and say what to do",
        "migrate": "create or update the tables of the database",
        "createsuperuser": "create a superuser account",
        "changepassword": "set somebody's password",
        "issue-token": "issue an API token to a partner",
    },
    "Posts": {
        "import-posts": "import posts from a file",
        "replay": "play a file of posts as a live feed",
        "classify": "classify a file without storing anything",
        "erase-posts": "erase posts of a source for good",
    },
    "Models": {
        "models": "list, approve, promote and roll back model versions",
        "evaluate": "measure the model on a labelled file",
        "labels": "bring labels from files of other tools, and write them to files",
        "train": "train a model into a folder",
        "benchmark": "measure the speed of the model",
        "run-training": "advance a training run that is due",
        "explain": "open the app that shows why the model answered as it did",
        "azure": "deploy to Azure ML",
    },
    "Reports and audit": {
        "drift-report": "compare the newest posts with earlier ones",
        "accuracy-report": "measure the accuracy of the last two weeks",
        "verify-audit": "check that the audit log is complete and unaltered",
        "verify-receipt": "verify the receipt of a correction",
    },
    "Administration": {
        "basemap": "make base map files, and add those placed in the data directory",
        "backup": "write database, models, media and keys to one file",
        "restore": "restore a backup",
        "mask-again": "mask stored texts again with the current rules",
        "reencrypt-secrets": "encrypt stored secrets again with the newest key",
        "rekey-texts": "recompute the keys of stored texts",
        "collectstatic": "copy pictures, styles and scripts to where a web server reads them",
        "check": "run Django's system checks",
        "drill": "check that nothing is lost while processes are killed",
    },
}
SUMMARIES = {name: summary for commands in GROUPS.values() for name, summary in commands.items()}


def overview() -> str:
    """What `responder --help` prints."""
    width = max(map(len, SUMMARIES)) + 2
    lines = ["Usage: responder COMMAND [options]"]
    for group, commands in GROUPS.items():
        lines += ["", f"{group}:", *(f"  {name:<{width}}{summary}" for name, summary in commands.items())]
    lines += [
        "",
        "responder COMMAND --help explains a command, responder help --all also lists Django's own.",
        "responder --version prints the version.",
    ]
    return "\n".join(lines)


def suggestion(name: str, known: list[str]) -> str:
    """The words for a command that does not exist, with the most similar ones."""
    import difflib

    similar = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    return f"There is no command “{name}”.{hint} responder --help lists them all."

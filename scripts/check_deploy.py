"""Checks every file that deploys or builds this product, without a network, and says what that cannot show.

Run by `make check-deploy` and by the tests. Exit code 1 when a file is refused.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from pins import unpinned

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
UNVERIFIED = {
    "images": "they were never built by CI of this checkout: no container engine was at hand; the Dockerfile is linted, its "
    "locks and paths exist",
    "compose.yaml": "its services were never started together",
    "deploy/kubernetes": "no cluster: storage class, ingress class, admission and pull rights of yours",
    "deploy/azure/infra/*.bicep": "no Bicep compiler: never compiled (deploy/azure/README.md has the first live run)",
    "OIDC": "federated credentials, roles and the two environments exist only in your tenant and repository settings",
    "approval": "required reviewers, and that who pushed may not approve, are settings of the environment "
    "responder-production in GitHub and in Azure DevOps, not of a file",
    "actions and tasks": "their own behaviour is theirs",
    "runners": "what the hosted machines have installed",
    "live clouds": "quota, networking, time-outs, cost",
}  # fmt: skip


def _schema(*arguments: str) -> str:
    """What check-jsonschema says against the files; empty when it accepts them."""
    from check_jsonschema import main as check
    from click.testing import CliRunner

    ran = CliRunner().invoke(check, list(arguments))
    return "" if ran.exit_code == 0 else ran.output + repr(ran.exception or "")


def schema(name: str, *files: str, flags: Iterable[str] = ()) -> str:
    return _schema("--builtin-schema", name, *flags, *files)


def azure_pipelines(*files: str) -> str:
    # The schema's patterns are not valid in Unicode mode, the tool's default.
    return schema("vendor.azure-pipelines", *files, flags=["--regex-variant", "nonunicode"])


def dockerfile(name: str) -> str:
    ran = subprocess.run([BIN / "hadolint", name], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr if ran.returncode else ""


def manifests(name: str) -> str:
    import kubernetes_validate as kubernetes

    try:
        for one in yaml.safe_load_all((ROOT / name).read_text()):
            kubernetes.validate(one, kubernetes.latest_version(), strict=True)
    except (kubernetes.ValidationError, kubernetes.SchemaNotFoundError) as error:
        return str(error)
    return ""


def checks() -> Iterator[tuple[str, Callable[[], str]]]:
    """(what, check) of every file; a check gives what is wrong, or nothing."""
    workflows = sorted(str(path) for path in ROOT.glob(".github/workflows/*.yml"))
    yield "GitHub workflows: schema", partial(schema, "vendor.github-workflows", *workflows)
    yield "GitHub workflows: a time limit each", partial(schema, "custom.github-workflows-require-timeout", *workflows)
    yield "Azure Pipelines: schema", partial(azure_pipelines, str(ROOT / "azure-pipelines.yml"))
    yield "Compose: schema", partial(schema, "vendor.compose-spec", str(ROOT / "compose.yaml"))
    yield "Dockerfile: hadolint", partial(dockerfile, "Dockerfile")
    for manifest in sorted(ROOT.glob("deploy/kubernetes/base/*.yaml")):
        if manifest.name != "kustomization.yaml":
            yield f"Kubernetes: {manifest.name}", partial(manifests, str(manifest.relative_to(ROOT)))


def main() -> int:
    failed = 0
    for what, check in checks():
        wrong = check()
        failed += bool(wrong)
        print(f"{'REFUSED' if wrong else 'ok     '}  {what}")
        if wrong:
            print(wrong[-3000:])
    print("\nNot verified by this check:")
    for what, why in UNVERIFIED.items():
        print(f"- {what}: {why}")
    moving = list(unpinned())
    print(f"\nTaken by a tag, not by a digest ({len(moving)}; docs/how-to/deploy.md says how to pin them):")
    for reference in sorted({reference for _file, _line, reference in moving}):
        print(f"- {reference}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

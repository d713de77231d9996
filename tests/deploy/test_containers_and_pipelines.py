"""Container, Kubernetes and pipeline files: valid by their schemas, and true of this repository."""

import importlib.util
import re
import secrets
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BASE = ROOT / "deploy" / "kubernetes" / "base"
PIPELINE = ROOT / "azure-pipelines.yml"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _manifests() -> list[dict[str, Any]]:
    return [one for path in sorted(BASE.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text())]


def _pods() -> dict[str, dict[str, Any]]:
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in _manifests()
        if one["kind"] in ("Deployment", "Job")
    }


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_deploy", ROOT / "scripts" / "check_deploy.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_passes_its_check_and_what_is_not_verified_is_printed(
    check: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = check.main()
    printed = capsys.readouterr().out
    assert not failed, printed
    assert printed.count("ok     ") == 5 + len(list(BASE.glob("*.yaml"))) - 1
    left = printed.split("Not verified by this check:")[1]
    for word in ("bicep", "OIDC", "images", "live clouds", "approval"):
        assert word in left


def test_the_check_refuses_what_is_broken(check: ModuleType, tmp_path: Path) -> None:
    broken = tmp_path / "file.yml"
    broken.write_text("on: push\njobs: {a: {steps: [{run: x}]}}")
    assert check.schema("vendor.github-workflows", str(broken))
    broken.write_text("steps: [{task: NoSuchTask}]")
    assert check.azure_pipelines(str(broken))
    broken.write_text("services: {web: {imago: x}}")
    assert check.schema("vendor.compose-spec", str(broken))
    broken.write_text("FROM debian\nRUN cd /tmp && sudo apt-get install x\n")
    assert "sudo" in check.dockerfile(str(broken))
    broken.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n")
    assert "prots" in check.manifests(str(broken))


def test_production_waits_for_a_person_and_for_staging_on_both_systems() -> None:
    jobs = _yaml(ROOT / ".github/workflows/deploy.yml")["jobs"]
    assert jobs["production"]["with"]["environment"] == "responder-production"
    assert "staging" in jobs["production"]["needs"] and "images" in jobs["production"]["needs"]
    assert _yaml(ROOT / ".github/workflows/apply.yml")["jobs"]["apply"]["environment"] == "${{ inputs.environment }}"
    stages = {stage["stage"]: stage for stage in _yaml(PIPELINE)["stages"]}
    assert stages["production"]["dependsOn"] == "staging"
    approval, production = stages["production"]["jobs"]
    assert approval["pool"] == "server" and approval["steps"][0]["task"].startswith("ManualValidation@")
    assert approval["steps"][0]["inputs"]["onTimeout"] == "reject"
    assert production["dependsOn"] == "approval" and production["environment"] == "responder-production"


def test_no_pipeline_reads_a_stored_secret_and_only_deploying_jobs_get_an_identity() -> None:
    for path in WORKFLOWS:
        assert "secrets." not in path.read_text(), path.name
        workflow = _yaml(path)
        assert workflow["permissions"] == {"contents": "read"}, path.name
        for name, job in workflow["jobs"].items():
            logs_in = "azure/login" in yaml.safe_dump(job) or "uses" in job
            asks = job.get("permissions", {}).get("id-token") == "write"
            assert asks == logs_in, f"{path.name}: {name}"
    assert not re.search(r"password|\$\(.*(secret|token|key).*\)", PIPELINE.read_text(), re.I)


def test_pipelines_call_only_what_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    commands = {name.replace("_", "-") for name in get_commands()}
    for path in [*WORKFLOWS, PIPELINE]:
        text = path.read_text()
        assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets
        for script in re.findall(r"\b(?:deploy|scripts|requirements)/[\w./-]+\.(?:sh|yml|txt)", text):
            assert (ROOT / script).exists(), script
        assert set(re.findall(r"\bresponder (\w[\w-]*)$", text, re.M)) <= commands | {"check"}
    assert (ROOT / "deploy/kubernetes/apply.sh").stat().st_mode & 0o111


def test_the_images_copy_what_is_there_and_run_without_rights() -> None:
    text = (ROOT / "Dockerfile").read_text()
    lock = re.search(r"^ARG LOCK=(\w+)$", text, re.M)
    python = re.search(r"^ARG PYTHON=([\d.]+)$", text, re.M)
    assert lock and python and lock[1] == "py" + python[1].replace(".", "")
    for kind in ("serve", "run"):
        assert (ROOT / f"requirements/{lock[1]}-{kind}.txt").exists()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists() and f"!{source}" in ignored, source
    users = re.findall(r"^USER (\S+)$", text, re.M)
    assert users == ["10001:10001"] and text.index("USER 10001") < text.index("FROM base AS serve")
    assert text.count("HEALTHCHECK") == 1


def test_no_container_imports_from_its_data() -> None:
    """The working folder is the data directory; `python -m` and Celery would put it first on the module path."""
    text = (ROOT / "Dockerfile").read_text()
    assert "PYTHONSAFEPATH=1" in text and '"uvicorn"' not in text
    for command in (pod["containers"][0]["command"] for pod in _pods().values()):
        assert command[0] != "celery" or "--workdir=/" in command
        assert command[0] != "uvicorn"  # it ignores PYTHONSAFEPATH; ours is a module
    for line in re.findall(r'^ +command: (\["celery".+)$', (ROOT / "compose.yaml").read_text(), re.M):
        assert '"--workdir", "/"' in line


def test_the_serving_image_has_neither_torch_nor_scikit_learn() -> None:
    for lock in sorted((ROOT / "requirements").glob("py*-serve.txt")):
        names = set(re.findall(r"^([a-z0-9-]+)==", lock.read_text(), re.M))
        assert not names & {"torch", "transformers", "scikit-learn", "pytest"}, lock.name
        assert {"django", "onnxruntime", "celery", "uvicorn", "psycopg"} <= names


def test_every_pod_runs_without_rights_on_a_read_only_file_system() -> None:
    assert set(_pods()) == {"prepare", "web", "worker", "beat", "queue", "feeds"}
    for name, pod in _pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True and rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"], name
        assert container["envFrom"][1] == {"secretRef": {"name": "responder"}}


def test_the_clock_and_the_feeds_never_run_twice_at_once() -> None:
    deployments = {one["metadata"]["name"]: one["spec"] for one in _manifests() if one["kind"] == "Deployment"}
    for name in ("beat", "feeds"):
        assert deployments[name]["replicas"] == 1 and deployments[name]["strategy"] == {"type": "Recreate"}


def test_no_file_holds_a_secret() -> None:
    assert not [one for one in _manifests() if one["kind"] == "Secret"]
    example = dict(
        line.split("=", 1)
        for line in (ROOT / "deploy/compose.env.example").read_text().splitlines()
        if line and not line.startswith("#")
    )
    for name in ("RESPONDER_SECRET_KEY", "RESPONDER_METRICS_TOKEN", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert example[name] == ""
    assert "deploy/compose.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_compose_runs_the_processes_of_the_procfile_and_publishes_the_proxy_alone() -> None:
    services = _yaml(ROOT / "compose.yaml")["services"]
    procfile = re.findall(r"^(\w+):", (ROOT / "responder/Procfile").read_text(), re.M)
    assert set(procfile) - {"exercise"} <= set(services)
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name in ("prepare", "web", "worker", "beat", "queue", "feeds", "redis", "proxy"):
        assert services[name]["read_only"] is True and services[name]["cap_drop"] == ["ALL"], name


def test_production_settings_of_the_deployments_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    from responder.settings.production import refuse_insecure
    from responder.settings.schema import Environment, variables

    names = {name for name, _, _ in variables()}
    (config,) = (one["data"] for one in _manifests() if one["kind"] == "ConfigMap")
    overlays = [_yaml(path)["data"] for path in sorted((ROOT / "deploy/kubernetes/overlays").rglob("names.yaml"))]
    assert len(overlays) == 2
    for data in [config, *({**config, **overlay} for overlay in overlays)]:
        assert set(data) <= names
        for name in names:
            monkeypatch.delenv(name, raising=False)
        made = {
            "RESPONDER_SECRET_KEY": secrets.token_urlsafe(50), "DATABASE_URL": f"postgres://u:{secrets.token_urlsafe(30)}@db/r",
            "REDIS_URL": f"redis://:{secrets.token_urlsafe(30)}@r",
        }  # fmt: skip
        for name, value in {**data, **made}.items():
            monkeypatch.setenv(name, value)
        refuse_insecure(Environment())  # type: ignore[call-arg]


def _megabytes(text: str) -> int:
    found = re.fullmatch(r"(\d+)(MB|m)", text)
    assert found, text
    return int(found[1])


LARGE = ("files", "imports", "basemaps", "batches")  # the proxy's matchers of paths with large bodies


def _proxied_megabytes() -> dict[str, dict[str, int]]:
    """Proxy → path → megabytes of a body that it lets through."""
    caddy = (ROOT / "deploy/proxy/Caddyfile").read_text()
    matchers = {name: paths.split() for name, paths in re.findall(r"@(\w+) path (.+)", caddy)}
    sizes = dict(re.findall(r"request_body @(\w+) {\s+max_size (\w+)", caddy))
    excepted = re.search(r"@others not path (.+)", caddy)
    assert excepted and set(excepted[1].split()) == {path for name in LARGE for path in matchers[name]}
    by_caddy = {path: _megabytes(sizes[name]) for name in LARGE for path in matchers[name]}
    by_ingress = {
        path["path"]: _megabytes(one["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"])
        for one in _manifests()
        if one["kind"] == "Ingress"
        for path in one["spec"]["rules"][0]["http"]["paths"]
    }
    nginx = (ROOT / "deploy/proxy/nginx.conf").read_text()
    by_nginx = dict(re.findall(r"location = (\S+) {\s+client_max_body_size (\w+);", nginx))
    by_nginx["/"] = re.findall(r"^    client_max_body_size (\w+);", nginx, re.M)[0]
    return {
        "Caddyfile": by_caddy | {"/": _megabytes(sizes["others"])}, "ingress": by_ingress,
        "nginx": {path: _megabytes(size) for path, size in by_nginx.items()},
    }  # fmt: skip


def test_proxies_let_through_what_the_product_takes_and_little_more() -> None:
    from django.urls import reverse

    from responder.web import bodies

    names = {
        reverse(name): name
        for name in (
            "api-jobs",
            "file-send",
            "import-send",
            "basemap-send",
            "labels-send",
            "map-layer-send",
            "predictions",
        )
    } | {"/": "map"}
    for proxy, sizes in _proxied_megabytes().items():
        assert set(sizes) == set(names), proxy
        for path, megabytes in sizes.items():
            limit = bodies.limit_for(names[path]) / bodies.MEGABYTE
            assert limit <= megabytes <= limit + 1, f"{proxy}: {path}"


def test_the_web_process_knows_its_proxy_by_the_address_of_a_network_that_only_they_share() -> None:
    compose = _yaml(ROOT / "compose.yaml")
    web, proxy = compose["services"]["web"], compose["services"]["proxy"]
    (subnet,) = (one["subnet"] for one in compose["networks"]["edge"]["ipam"]["config"])
    assert web["environment"]["RESPONDER_TRUSTED_PROXIES"] == subnet
    assert [name for name, one in compose["services"].items() if "edge" in (one.get("networks") or ())] == [
        "web",
        "proxy",
    ]
    assert "application:8000" in (ROOT / "deploy/proxy/Caddyfile").read_text()
    assert web["networks"]["edge"]["aliases"] == ["application"] and "inside" not in proxy["networks"]
    for path in ("Dockerfile", "deploy/kubernetes/base/web.yaml", "responder/Procfile"):
        text = (ROOT / path).read_text()
        assert "responder.processes.server" in text and "forwarded-allow-ips" not in text, path


def _values(node: Any, path: list[str]) -> list[Any]:
    """The values at a field path of a kustomize replacement: keys, positions, and `[name=value]` for a list's entry."""
    if not path:
        return [node]
    first, *rest = path
    if match := re.fullmatch(r"\[(\w+)=(\w+)\]", first):
        return [found for one in node if one[match[1]] == match[2] for found in _values(one, rest)]
    return _values(node[int(first)] if isinstance(node, list) else node[first], rest)


def test_the_host_name_stands_in_one_place_and_is_copied_to_every_other() -> None:
    """What `kubectl kustomize` replaces is everything in the base that names the host."""
    (replacement,) = _yaml(BASE.parent / "host/kustomization.yaml")["replacements"]
    assert replacement["source"]["fieldPath"] == "data.RESPONDER_ALLOWED_HOSTS"
    replaced = []
    for target in replacement["targets"]:
        wanted = target["select"]
        chosen = [
            one for one in _manifests()
            if one["kind"] == wanted["kind"] and wanted.get("name", one["metadata"]["name"]) == one["metadata"]["name"]
        ]  # fmt: skip
        assert chosen
        for field in target["fieldPaths"]:
            path = re.split(r"\.(?![^\[]*\])", field)
            replaced += [value for one in chosen for value in _values(one, path)]
    named = [line for path in BASE.glob("*.yaml") for line in path.read_text().splitlines() if "example.org" in line]
    assert len(named) - 1 == len(replaced) == 12  # the source itself is one of them
    for overlay in sorted((BASE.parent / "overlays").iterdir()):
        assert _yaml(overlay / "kustomization.yaml")["components"] == ["names", "../../host"]
        lines = [line for path in overlay.rglob("*.yaml") for line in path.read_text().splitlines()]
        assert len([line for line in lines if "example.org" in line]) == 1, overlay.name


def test_every_process_without_a_port_has_a_liveness_probe_of_its_heartbeat() -> None:
    (config,) = (one["data"] for one in _manifests() if one["kind"] == "ConfigMap")
    for name in ("worker", "beat", "queue", "feeds"):
        (container,) = _pods()[name]["containers"]
        command = container["livenessProbe"]["exec"]["command"]
        assert f"find {config['RESPONDER_HEARTBEAT_FILE']} -mmin" in command[-1], name


def test_packages_are_built_without_a_browser_or_a_database() -> None:
    rules = dict(re.findall(r"^([a-z-]+): ?([a-z -]*)", (ROOT / "Makefile").read_text(), re.M))
    for target in ("dist", "sbom", "check-deploy", "docs", "lint", "types", "audit"):
        assert rules[target].split() == ["setup-tools"], target
    assert "setup-tools" in rules["setup-dev"] and "setup-dev" in rules["test-main"]


def test_the_units_run_commands_that_exist_and_read_the_settings_file() -> None:
    commands = {name.replace("_", "-") for name in get_commands()}
    units = sorted((ROOT / "deploy/systemd").glob("*.service"))
    assert [unit.name for unit in units] == ["responder-backup.service", "responder.service"]
    for unit in units:
        text = unit.read_text()
        assert set(re.findall(r"/opt/responder/bin/responder (\S+)", text)) <= commands
        assert "EnvironmentFile=/etc/responder/responder.env" in text and "User=responder" in text

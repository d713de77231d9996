#!/bin/sh
# Puts two images onto the cluster that kubectl points at, and waits until they serve.
# Usage: OVERLAY=staging SERVE=registry/responder-serve@sha256:… TRAINING=… deploy/kubernetes/apply.sh
# To go back, run it with the images of the version before; migrations only add, so the older code still runs.
set -eu
: "${OVERLAY:?staging or production}" "${SERVE:?image of the serving processes}" "${TRAINING:?image of the worker}"
cd "$(dirname "$0")/overlays/$OVERLAY"
kustomize edit set image "responder-serve=$SERVE" "responder-training=$TRAINING"
# In this order: names and storage, then the migrations, then what needs them.
rendered="$(mktemp)"
trap 'rm -f "$rendered"' EXIT
kubectl kustomize . > "$rendered"
if ! grep -q 'RESPONDER_TRUSTED_PROXIES: .*[0-9a-f]' "$rendered"; then
    echo "Set RESPONDER_TRUSTED_PROXIES in overlays/$OVERLAY/names.yaml: the addresses or the network of your ingress controller." >&2
    exit 1
fi
kubectl apply --filename "$rendered" --selector '!part'
kubectl --namespace responder delete job prepare --ignore-not-found --wait
kubectl apply --filename "$rendered" --selector part=prepare
kubectl --namespace responder wait --for condition=complete job/prepare --timeout 15m
kubectl apply --filename "$rendered"
for part in web worker beat queue feeds; do
    kubectl --namespace responder rollout status "deployment/$part" --timeout 10m
done

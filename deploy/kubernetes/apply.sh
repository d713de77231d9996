#!/bin/sh
# Puts two images onto the cluster that kubectl points at, and waits until they serve. Needs kubectl alone.
# Usage: OVERLAY=staging SERVE=registry/responder-serve@sha256:… TRAINING=… deploy/kubernetes/apply.sh
# To go back, run it with the images of the version before; migrations only add, so the older code still runs.
set -eu
: "${OVERLAY:?staging or production}" "${SERVE:?image of the serving processes}" "${TRAINING:?image of the worker}"
cd "$(dirname "$0")/overlays/$OVERLAY"
# In this order: names and storage, then the migrations, then what needs them.
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
kubectl kustomize . > "$folder/rendered"
sed -e "s|image: responder-serve\$|image: $SERVE|" -e "s|image: responder-training\$|image: $TRAINING|" \
    "$folder/rendered" > "$folder/manifests.yaml"
if ! grep -q 'RESPONDER_TRUSTED_PROXIES: .*[0-9a-f]' "$folder/manifests.yaml"; then
    echo "Set RESPONDER_TRUSTED_PROXIES in overlays/$OVERLAY/names/names.yaml: the addresses or the network of your ingress controller." >&2
    exit 1
fi
for secret in responder responder-tls; do
    kubectl --namespace responder get secret "$secret" > /dev/null || {
        echo "The secret $secret is missing in the namespace responder: see docs/how-to/deploy.md, A cluster." >&2
        exit 1
    }
done
kubectl apply --filename "$folder/manifests.yaml" --selector '!part'
kubectl --namespace responder delete job prepare --ignore-not-found --wait
kubectl apply --filename "$folder/manifests.yaml" --selector part=prepare
kubectl --namespace responder wait --for condition=complete job/prepare --timeout 15m
kubectl apply --filename "$folder/manifests.yaml"
for part in web worker beat queue feeds; do
    kubectl --namespace responder rollout status "deployment/$part" --timeout 10m
done

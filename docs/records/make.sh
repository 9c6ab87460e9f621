#!/usr/bin/env bash
# Makes the records in this folder: bash docs/records/make.sh fashion-mnist|digits [RUNS]
# On two CPU cores fashion-mnist takes about an hour, digits about twenty minutes. Networks and checkpoints stay in RUNS.
set -euo pipefail
set_="$1"
runs="${2:-runs/records}/$set_"
records="$(dirname "$0")/$set_"

record() { # NAME METHOD OPTION...: train, or keep the run if it is there, and copy what is committed
  local name="$1"
  shift
  [ -f "$runs/$name/results.json" ] || contentmix train "$@" --data "$set_" --out "$runs/$name" --no-progress
  mkdir -p "$records/$name"
  cp "$runs/$name"/{config.yaml,metrics.csv,results.json} "$records/$name/"
}

case "$set_" in
fashion-mnist)
  # Every method sees each image as often: one epoch is one pass, without batch repetition.
  record cut-mixmo cut-mixmo --batch-repetition 1
  record vanilla supervised
  record mimo mimo --batch-repetition 1
  record linear-mixmo linear-mixmo --batch-repetition 1
  record cutmix supervised --mix cutmix
  record vanilla-seed1 supervised --seed 1
  contentmix evaluate "$runs/vanilla" "$runs/vanilla-seed1" --json "$records/deep-ensemble.json"
  ;;
digits)
  for seed in 0 1 2; do
    record "cut-mixmo-seed$seed" cut-mixmo --seed "$seed"
    record "linear-mixmo-seed$seed" linear-mixmo --seed "$seed"
    record "mimo-seed$seed" mimo --seed "$seed"
    record "vanilla-seed$seed" supervised --seed "$seed"
    record "cutmix-seed$seed" supervised --mix cutmix --seed "$seed"
  done
  ;;
*)
  echo "records are made for fashion-mnist and digits, not '$set_'" >&2
  exit 2
  ;;
esac

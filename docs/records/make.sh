#!/usr/bin/env bash
# Makes the records in this folder: bash docs/records/make.sh fashion-mnist|digits|table-NUMBER|few-labels|hybrids [RUNS]
# Three seeds each: on two CPU cores about an hour for fashion-mnist, twenty minutes for digits, an hour and a quarter for
# table-3.6. few-labels: four methods on two data sets, a few hours. SEEDS=1 makes fewer of any table, ROWS="mixmo unmix" some of
# its rows, LABELS="100" one count of labels, METHODS="supervised fixmatch" two methods.
# Networks and checkpoints stay in RUNS (default: runs/records); a run that is there is kept, an unfinished one resumed.
set -euo pipefail
set_="$1"
runs="${2:-runs/records}/$set_"
records="$(dirname "$0")/$set_"

keep() { # NAME: copy what is committed of a finished run
  mkdir -p "$records/$1"
  cp "$runs/$1"/{config.yaml,metrics.csv,results.json} "$records/$1/"
  [ ! -f "$runs/$1/labelled.txt" ] || cp "$runs/$1/labelled.txt" "$records/$1/"
  [ ! -f "$runs/$1/usage.json" ] || cp "$runs/$1/usage.json" "$records/$1/"
}

record() { # NAME METHOD OPTION...: train, and keep
  local name="$1"
  shift
  [ "${again:-yes}" = yes ] || [ ! -f "$records/$name/results.json" ] || return 0
  if [ ! -d "$runs/$name" ]; then
    contentmix train "$@" --data "${data:-$set_}" --out "$runs/$name" --no-progress
  elif [ ! -f "$runs/$name/results.json" ]; then
    contentmix resume "$runs/$name"
  fi
  keep "$name"
}

measure() { # NAME: what an oracle sees in the hybrids of a generator
  [ ! -f "$records/$1/quality.json" ] || return 0
  contentmix hybrids "$runs/$1" --oracle "$runs/oracle" --out "$runs/$1/hybrids.png" --json "$records/$1/quality.json"
  cp "$runs/$1/hybrids.png" "$records/$1/"
}

case "$set_" in
# Every method sees each image as often: one epoch is one pass, without batch repetition.
fashion-mnist) repetition=(--batch-repetition 1) ;;
# The methods as they come.
digits) repetition=() ;;
table-*)
  read -ra rows <<< "${ROWS:+--rows $ROWS}"
  contentmix reproduce "${set_#table-}" --scale small --seeds "${SEEDS:-3}" "${rows[@]}" --out "$runs"
  for results in "$runs"/*/results.json; do keep "$(basename "$(dirname "$results")")"; done
  exit 0
  ;;
few-labels)
  # These take hours: a record that is there is not made again, delete it to.
  again=no
  for data in ${DATA:-fashion-mnist digits-m}; do
    same=(--image-size 16)
    [ "$data" != fashion-mnist ] || same=(--image-size 14)
    for seed in $(seq 0 $((${SEEDS:-3} - 1))); do
      record "$data-all-supervised-seed$seed" supervised "${same[@]}" --select last --seed "$seed"
      for labels in ${LABELS:-60 100 250}; do
        for method in ${METHODS:-supervised mean-teacher fixmatch mixmatch}; do
          # Two passes over the clothes, one of MixMatch, whose step has more images.
          steps=()
          [ "$data" != fashion-mnist ] || steps=(--epochs "$([ "$method" = mixmatch ] && echo 1 || echo 2)")
          record "$data-$labels-$method-seed$seed" "$method" --labels "$labels" "${steps[@]}" --seed "$seed" "${same[@]}"
        done
      done
    done
  done
  exit 0
  ;;
hybrids)
  # Generators on digits-m, 100 labels, each eight minutes of one core; VARIANTS="full" is one of the five of table A.14.
  data=digits-m same=(--image-size 16)
  record oracle supervised "${same[@]}" --network wrn-10-2 --epochs 60 --color-jitter 0.5 --select last
  again=no
  for seed in $(seq 0 $((${SEEDS:-3} - 1))); do
    for variant in ${VARIANTS:-full no-hybrids basic unfrozen flipped}; do
      name="$variant-seed$seed"
      record "$name" scimix-generator "${same[@]}" --labels 100 --variant "$variant" --seed "$seed"
      measure "$name"
    done
    record "adain-seed$seed" adain "${same[@]}" --labels 100 --base mean-teacher --seed "$seed"
    measure "adain-seed$seed"
  done
  exit 0
  ;;
*)
  echo "records are made for fashion-mnist, digits, table-NUMBER, few-labels and hybrids, not '$set_'" >&2
  exit 2
  ;;
esac

for seed in 0 1 2; do
  record "vanilla-seed$seed" supervised --seed "$seed"
  record "cutmix-seed$seed" supervised --mix cutmix --seed "$seed"
  for method in mimo linear-mixmo cut-mixmo; do
    record "$method-seed$seed" "$method" "${repetition[@]}" --seed "$seed"
  done
done
rm -f "$records/deep-ensemble.json"
contentmix evaluate "$runs/vanilla-seed0" "$runs/vanilla-seed1" --json "$records/deep-ensemble.json"

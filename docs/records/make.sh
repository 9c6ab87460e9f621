#!/usr/bin/env bash
# Makes the records in this folder: bash docs/records/make.sh fashion-mnist|digits|table-NUMBER|few-labels|departures [RUNS]
# Three seeds each: on two CPU cores about forty minutes for fashion-mnist, ten for digits, an hour and a half for the narrow
# rows of table-3.6. few-labels: four methods on two data sets, a few hours. SEEDS=1 makes fewer of any table, ROWS="mixmo unmix" some of
# its rows, LABELS="100" one count of labels, METHODS="supervised fixmatch" two methods.
# Networks and checkpoints stay in RUNS (default: runs/records); a run that is there is kept, an unfinished one resumed.
set -euo pipefail
set_="$1"
runs="${2:-runs/records}/$set_"
records="$(dirname "$0")/$set_"

keep() { # NAME: copy what is committed of a finished run
  mkdir -p "$records/$1"
  cp "$runs/$1/results.json" "$records/$1/"
  for file in config.yaml metrics.csv labelled.txt usage.json corruptions.json quality.json; do
    [ ! -f "$runs/$1/$file" ] || cp "$runs/$1/$file" "$records/$1/"
  done
  # What a generator draws at its end, of one seed.
  [[ ! -f "$runs/$1/hybrids/hybrids.png" || "$1" =~ seed[1-9] ]] || {
    mkdir -p "$records/$1/hybrids"
    cp "$runs/$1"/hybrids/{hybrids,interpolation,reconstructions}.png "$records/$1/hybrids/"
  }
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
  contentmix hybrids "$runs/$1" --oracle "$runs/oracle" --out "$runs/$1/pairs.png" --json "$runs/$1/quality.json"
  keep "$1"
}

case "$set_" in
# Every method sees each image as often: one epoch is one pass, without batch repetition.
fashion-mnist) repetition=(--batch-repetition 1) ;;
# The methods as they come.
digits) repetition=() ;;
table-*)
  read -ra rows <<< "${ROWS:+--rows $ROWS}"
  # Tables that show the runs of another one share its folder.
  group="$(python -c "from contentmix.thesis.tables import TABLES; print(TABLES['${set_#table-}'].group)")"
  runs="${2:-runs/records}/table-$group" records="$(dirname "$0")/table-$group"
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
departures)
  # What the generator owes to each option that is others than the thesis's, on digits-m with 100 labels, from the same guide.
  data=digits-m same=(--image-size 16)
  record oracle supervised "${same[@]}" --network wrn-10-2 --epochs 60 --color-jitter 0.5 --select last
  again=no
  record guide mean-teacher "${same[@]}" --labels 100
  record fixmatch fixmatch "${same[@]}" --labels 100
  steps=(--labels 100 --warmup 0 --batch-size 12 --unlabelled-batch 36 --epochs 12 --ema-decay 0.99)
  departure() { # NAME OPTION...
    record "$1" scimix-generator "${same[@]}" "${steps[@]}" --init "$runs/${guide:-guide}" "${@:2}"
    measure "$1"
  }
  departure as-it-is
  guide=fixmatch departure fixmatch-guide --guide fixmatch
  departure thesis-class-weights --hybrid-class 0.5 --away-class 0.05
  departure judge-unshifted --judge-shift 0
  departure judge-in-grey --guide-jitter 0
  departure critic-in-grey --critic-jitter 0
  departure context-of-8-channels --context-channels 8
  departure sgd --generator-optimizer run
  departure guide-learns-on --no-freeze-guide
  exit 0
  ;;
*)
  echo "records are made for fashion-mnist, digits, table-NUMBER, few-labels and departures, not '$set_'" >&2
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

#!/usr/bin/env bash
# A study on one card, with many runs side by side: bash docs/records/gpu.sh 2|3|4|STUDY [RUNS] [ARGUMENT...]
#
# 2, 3 and 4 are the headlines of a chapter of the thesis; STUDY is any that `contentmix reproduce` knows, such as late-separation.
# Runs from a bare checkout; small packages that are not installed may lie as wheels in .whl or wheels. SEEDS (5) is how many of each
# row, JOBS (12) how many runs at once, ROWS some of the rows: for five ensembles of two networks, SEEDS=10 and
# ROWS="vanilla vanilla-2nets cut-mixmo", of cheap-ensembles half and half-2nets too. SCALE=small JOBS=2 is for two cores. ARGUMENTs
# go to `contentmix reproduce`, such as `--options tiny.yaml`, which tries it in miniature. Stopped at any moment, the same command
# goes on; what is finished is kept beside this script, in headlines-SCALE or STUDY-SCALE, and what two studies share is trained once.
set -euo pipefail
here="$(dirname "$0")"
scale="${SCALE:-gpu}" what="$1" study="$1"
[[ "$what" != [234] ]] || study=headlines
runs="${2:-runs/$study-$scale}"
shift "$(($# > 2 ? 2 : $#))"
export PYTHONPATH="$here/../../src${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1
for wheel in .whl/*-none-any.whl wheels/*-none-any.whl; do
  [ -f "$wheel" ] || continue
  # Packages that look for files beside their modules, as Lightning does, cannot be imported from an archive.
  unpacked="${wheel%.whl}"
  [ -d "$unpacked" ] || { python3 -m zipfile -e "$wheel" "$unpacked.partial" && mv "$unpacked.partial" "$unpacked"; }
  PYTHONPATH="$PYTHONPATH:$unpacked"
done
read -ra rows <<< "${ROWS:-$(python3 -c "from contentmix.thesis.headlines.study import CHAPTERS; print(*CHAPTERS.get('$what', ()))")}"
[ "${#rows[@]}" = 0 ] || rows=(--rows "${rows[@]}")

# Processes that share a card take turns; NVIDIA's service lets their kernels run side by side.
if command -v nvidia-cuda-mps-control > /dev/null && [ -z "${NO_MPS:-}" ]; then
  export CUDA_MPS_PIPE_DIRECTORY="$(mktemp -d)" CUDA_MPS_LOG_DIRECTORY="$(mktemp -d)"
  nvidia-cuda-mps-control -d
  trap 'echo quit | nvidia-cuda-mps-control' EXIT
fi

status=0
python3 -m contentmix reproduce "$study" --scale "$scale" --seeds "${SEEDS:-5}" --jobs "${JOBS:-12}" --out "$runs" "${rows[@]}" "$@" \
  || status=$?
for results in "$runs"/*/results.json; do
  [ -f "$results" ] || continue
  record="$here/$study-$scale/$(basename "$(dirname "$results")")"
  mkdir -p "$record"
  for file in results.json config.yaml metrics.csv usage.json quality.json corruptions.json cost.json ood.json; do
    [ ! -f "$(dirname "$results")/$file" ] || cp "$(dirname "$results")/$file" "$record/"
  done
  # Runs are named without the folders of this machine.
  find "$record" \( -name config.yaml -o -name quality.json -o -name corruptions.json -o -name ood.json \) \
    -exec sed -i -E 's#(: "?|^ +")/[^ "]*/([^/ "]+-seed[0-9]+)#\1\2#' {} +
done
exit "$status"

"""Data: sources of labelled images, splits, and loaders whose every batch is keyed by seed and step."""

from contentmix.data.augment import Normalise, ShiftedPool, Shifts, shift_images
from contentmix.data.blank import SHAPES, blank_data
from contentmix.data.blend import perfect_hybrids
from contentmix.data.cifar_c import CIFAR_C, read_cifar_c, write_cifar_c
from contentmix.data.class_names import CLASS_NAMES
from contentmix.data.color_jitter import ColorJitterLoader, jitter_colors
from contentmix.data.corruptions import CORRUPTIONS, SEVERITIES, CorruptedImages, corrupt, corruption_library
from contentmix.data.decode import in_threads
from contentmix.data.distortion import Distortion
from contentmix.data.labels import balanced_subset, few_labels, read_indices, write_indices
from contentmix.data.layout import photo_names
from contentmix.data.learnt import Learnt
from contentmix.data.loader import EvalLoader, TrainLoader, TwoStreamLoader
from contentmix.data.makers import dismiss
from contentmix.data.members import BatchPlan, member_order
from contentmix.data.own import as_data, give_data
from contentmix.data.photos import read_image
from contentmix.data.reading import SPLIT, KeptSplit, Reading, read_split, split_of, with_digests, write_split
from contentmix.data.registry import data_root, list_data, load_data
from contentmix.data.source import ArraySet, DataSource, FileSet, ImageSet, array_source, check_split
from contentmix.data.splits import hold_out, stratified_split
from contentmix.data.streaming import StreamEvalLoader, StreamLoader
from contentmix.data.strong import StrongView
from contentmix.data.visits import Place, StepLoader
from contentmix.data.walk import files_in, find_photos

__all__ = [
    "CIFAR_C", "CLASS_NAMES", "CORRUPTIONS", "SEVERITIES", "SHAPES", "SPLIT", "ArraySet", "BatchPlan",
    "ColorJitterLoader", "CorruptedImages", "DataSource", "Distortion", "EvalLoader", "FileSet", "ImageSet",
    "KeptSplit", "Learnt", "Normalise", "Place", "Reading", "ShiftedPool", "Shifts", "StepLoader", "StreamEvalLoader",
    "StreamLoader", "StrongView", "TrainLoader", "TwoStreamLoader", "array_source", "as_data", "balanced_subset",
    "blank_data", "check_split", "corrupt", "corruption_library", "data_root", "dismiss", "few_labels", "files_in", "find_photos",
    "give_data", "hold_out", "in_threads", "jitter_colors", "list_data", "load_data", "member_order", "perfect_hybrids",
    "photo_names", "read_cifar_c", "read_image", "read_indices", "read_split", "shift_images", "split_of", "stratified_split",
    "with_digests", "write_cifar_c", "write_indices", "write_split",
]  # fmt: skip

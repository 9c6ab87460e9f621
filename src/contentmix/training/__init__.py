"""Training on pytorch-lightning, the only room that imports it: thin methods around cores that do not."""

from contentmix.training.adain import AdaINTraining
from contentmix.training.checkpoint_io import last_weights, list_checkpoints, newest_intact, read_checkpoint
from contentmix.training.few_label_members import FixMatchMembers, MeanTeacherMembers
from contentmix.training.fine_tuning import FineTuning
from contentmix.training.fit import fit
from contentmix.training.fixmatch import FixMatch
from contentmix.training.hardware import Hardware, check_hardware
from contentmix.training.hybrid_inputs import HybridInputs
from contentmix.training.loggers import check_logger, log_results, make_logger
from contentmix.training.mean_teacher import MeanTeacher
from contentmix.training.method import Loaders, Losses, Method, Step
from contentmix.training.mixmatch import MixMatch
from contentmix.training.mixvit import MixViT
from contentmix.training.module import NonFiniteLoss, Training
from contentmix.training.moving_average import MovingAverage
from contentmix.training.multi_input import MultiInput
from contentmix.training.optimisation import Optimisation, Part, PartedOptimizer
from contentmix.training.predict import predict_set, predict_sets
from contentmix.training.preview import Preview
from contentmix.training.run_checkpoint import RunCheckpoint, steps_of, trained_as
from contentmix.training.samosa import SamosaTraining
from contentmix.training.schedules import LearningRate
from contentmix.training.scimix import SciMixClassifier
from contentmix.training.scimix_generator import SciMixGenerator
from contentmix.training.step_timer import time_steps
from contentmix.training.supervised import Supervised

__all__ = [
    "AdaINTraining", "FineTuning", "FixMatch", "FixMatchMembers", "Hardware", "HybridInputs", "LearningRate", "Loaders",
    "Losses", "MeanTeacher", "MeanTeacherMembers", "Method", "MixMatch", "MixViT", "MovingAverage", "MultiInput",
    "NonFiniteLoss", "Optimisation", "Part", "PartedOptimizer", "Preview", "RunCheckpoint", "SamosaTraining",
    "SciMixClassifier", "SciMixGenerator", "Step", "Supervised", "Training", "check_hardware", "check_logger", "fit",
    "last_weights", "list_checkpoints", "log_results", "make_logger", "newest_intact", "predict_set", "predict_sets",
    "read_checkpoint", "steps_of", "time_steps", "trained_as",
]  # fmt: skip

"""The module of the configuration that CONFIGURATION names."""

from importlib import import_module

from .environment import CONFIGURATION

configuration = import_module(f".{CONFIGURATION}", __package__)

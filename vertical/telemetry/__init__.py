"""Test logs: reading any dialect, settling units and clocks, checking the data, roles of channels."""

from hotfire.telemetry.channel_map import ChannelMap, load_channel_map
from hotfire.telemetry.inspect import Inspection, inspect, render
from hotfire.telemetry.read import read_log
from hotfire.telemetry.roles import RoleGuess, assign_roles, guess_roles

__all__ = [
    "ChannelMap",
    "Inspection",
    "RoleGuess",
    "assign_roles",
    "guess_roles",
    "inspect",
    "load_channel_map",
    "read_log",
    "render",
]

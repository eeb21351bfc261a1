"""The survey: where everything in the store stands, looked at now and then, and remembered between two pages."""

from urval.reading_room.survey.bases import Basis
from urval.reading_room.survey.covered import ArchiveCoverage
from urval.reading_room.survey.runs import RunTold
from urval.reading_room.survey.survey import Figures, Survey, Surveyed
from urval.reading_room.survey.wrongs import LookedAt, Wrong

__all__ = ["ArchiveCoverage", "Basis", "Figures", "LookedAt", "RunTold", "Survey", "Surveyed", "Wrong"]

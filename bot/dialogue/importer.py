"""Shows Rasa's own checks what the tasks use: one made story for each way to start one."""

from __future__ import annotations

from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter

from bot.dialogue import book


class TaskImporter(RasaFileImporter):
    """No policy learns from the made stories."""

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        stories = [
            {"story": f"{name} by {intent}", "steps": [{"intent": intent}, {"action": task.then}]}
            for name, task in book.load(book.TASKS).tasks.items()
            for intent in task.starts
        ]
        made = YAMLStoryReader().read_from_parsed_yaml({"stories": stories})
        return super().get_stories(exclusion_percentage).merge(StoryGraph(made))

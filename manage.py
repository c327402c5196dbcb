#!/usr/bin/env python
"""The only script at the top: Django's commands and ours."""

import os
import sys

from django.core.management import execute_from_command_line

from hmis.kernel import garbage, scope

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hmis.settings")
    garbage.lay_aside()
    with scope.within(scope.everywhere()):  # who sits at the server looks after all hospitals
        execute_from_command_line(sys.argv)

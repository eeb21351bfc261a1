"""Speed and memory as ratios within one run: ``make bench``, or ``python -m bench`` from the repository's root.

Every measured thing runs in a process of its own; floor and product take turns; the medians are compared. What each
line means stands in README.md beside this file.
"""

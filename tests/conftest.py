"""What all tests share."""

import os

from hypothesis import settings

# No deadline: machines are shared and noisy. In CI the same examples each time; at a desk new ones, which may find something.
settings.register_profile("lecture3", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("lecture3")


def pytest_sessionfinish(session):
    """Fail a run that promised to skip nothing (.ci/run does): a test that never runs cannot fail."""
    if os.environ.get("LECTURE3_NO_SKIPS"):
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        skipped = reporter.stats.get("skipped", [])
        if skipped and session.exitstatus == 0:
            session.exitstatus = 1
            reporter.write_line(f"\nLECTURE3_NO_SKIPS is set, but {len(skipped)} skipped:", red=True)
            for report in skipped:
                reporter.write_line(f"  {report.nodeid}")

from tests.ui.conftest import store, waiting_jobs

__all__ = ["store", "waiting_jobs"]

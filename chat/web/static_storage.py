from django.contrib.staticfiles.storage import StaticFilesStorage
from django.urls import get_script_prefix


class PrefixedStorage(StaticFilesStorage):
    """Knows the prefix that the service is mounted under (uvicorn's --root-path).

    Django would put it before STATIC_URL once, as it was when the first file was named.
    """

    def url(self, name: str | None) -> str:
        return get_script_prefix().rstrip("/") + super().url(name)

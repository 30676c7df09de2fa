"""Which path reaches which view, kept: it is asked twice for every request."""

from functools import lru_cache

from django.conf import settings
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver

LONGEST_PATH = 200


def find(path: str) -> ResolverMatch | None:
    """Return what `path` leads to; None if it leads nowhere."""
    resolver = get_resolver(settings.ROOT_URLCONF)
    seek = _found if len(path) <= LONGEST_PATH else _sought
    return seek(resolver, path)


def _sought(resolver: URLResolver, path: str) -> ResolverMatch | None:
    try:
        return resolver.resolve(path)
    except Resolver404:
        return None


_found = lru_cache(maxsize=256)(_sought)

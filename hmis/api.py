"""The API's router: each app's nouns under /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

router = SimpleRouter()
urlpatterns = [path("v1/", include(router.urls))]

from django.urls import path

from facilities import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("lock/", views.lock, name="lock"),
    path("unlock/", views.unlock, name="unlock"),
    path("language/", views.language, name="language"),
    path("posting/", views.posting_choice, name="posting_choice"),
]

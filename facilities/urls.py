from django.urls import include, path

from facilities.views import doors, imports, people, places

administration = [
    path("", places.facility_list, name="facility_list"),
    path("facilities/new/", places.facility_new, name="facility_new"),
    path("facilities/<uuid:facility_id>/", places.facility_edit, name="facility_edit"),
    path(
        "facilities/<uuid:facility_id>/small-mode/new/", places.small_facility_new, name="small_facility_new"
    ),
    path("facilities/<uuid:facility_id>/departments/", places.department_list, name="department_list"),
    path("facilities/<uuid:facility_id>/departments/new/", places.department_new, name="department_new"),
    path("facilities/<uuid:facility_id>/rooms/", places.room_list, name="room_list"),
    path("departments/<uuid:department_id>/", places.department_edit, name="department_edit"),
    path(
        "departments/<uuid:department_id>/place/new/",
        places.department_place_new,
        name="department_place_new",
    ),
    path("departments/<uuid:department_id>/units/new/", places.unit_new, name="unit_new"),
    path("units/<uuid:unit_id>/", places.unit_edit, name="unit_edit"),
    path("rooms/<uuid:room_id>/", places.room_edit, name="room_edit"),
    path("staff/", people.person_list, name="person_list"),
    path("staff/new/", people.person_new, name="person_new"),
    path("staff/<uuid:person_id>/", people.person_detail, name="person_detail"),
    path("staff/<uuid:person_id>/edit/", people.person_edit, name="person_edit"),
    path("staff/<uuid:person_id>/postings/new/", people.posting_new, name="posting_new"),
    path("postings/<uuid:posting_id>/", people.posting_edit, name="posting_edit"),
    path("staff/<uuid:person_id>/passwords/new/", people.password_reset_new, name="password_reset_new"),
    path("staff/<uuid:person_id>/disablements/new/", people.disablement_new, name="disablement_new"),
    path("staff/<uuid:person_id>/enablements/new/", people.enablement_new, name="enablement_new"),
    path("sessions/", people.session_list, name="session_list"),
    path("sessions/<uuid:session_id>/end/new/", people.session_end_new, name="session_end_new"),
    path("staff/<uuid:person_id>/tokens/end/new/", people.tokens_end_new, name="tokens_end_new"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/template/", imports.import_template, name="import_template"),
    path("imports/<uuid:import_id>/", imports.import_detail, name="import_detail"),
    path("imports/<uuid:import_id>/left-out/", imports.import_left_out, name="import_left_out"),
    path(
        "imports/<uuid:import_id>/confirmation/new/",
        imports.import_confirmation_new,
        name="import_confirmation_new",
    ),
    path("imports/<uuid:import_id>/passwords/new/", imports.import_password_new, name="import_password_new"),
]

urlpatterns = [
    path("", doors.home, name="home"),
    path("login/", doors.login, name="login"),
    path("logout/", doors.logout, name="logout"),
    path("lock/", doors.lock, name="lock"),
    path("unlock/", doors.unlock, name="unlock"),
    path("language/", doors.language, name="language"),
    path("posting/", doors.posting_choice, name="posting_choice"),
    path("password/", doors.password_new, name="password_new"),
    path("sessions/", doors.own_session_list, name="own_session_list"),
    path("sessions/others/end/new/", doors.other_sessions_end_new, name="other_sessions_end_new"),
    path("administration/", include((administration, "facilities"))),
]

from django.urls import path

from besa.directory.views import accounts, agencies, bodies, closing, memberships, places

app_name = "directory"
urlpatterns = [
    path("agencies/", agencies.agencies, name="agencies"),
    path("agencies/add/", agencies.agency_add, name="agency_add"),
    path("agencies/<slug:code>/", agencies.agency, name="agency"),
    path("agencies/<slug:code>/edit/", agencies.agency_edit, name="agency_edit"),
    path("places/", places.places, name="places"),
    path("places/<slug:code>/", places.place, name="place"),
    path("bodies/", bodies.bodies, name="bodies"),
    path("bodies/<slug:code>/", bodies.body, name="body"),
    path("bodies/<slug:code>/seats/add/", bodies.seat_add, name="seat_add"),
    path("seats/<int:pk>/end/", bodies.seat_end, name="seat_end"),
    path("memberships/", memberships.memberships, name="memberships"),
    path("memberships/propose/", memberships.propose, name="propose"),
    path("memberships/<int:pk>/", memberships.membership, name="membership"),
    path("memberships/<int:pk>/approve/", memberships.approve, name="approve"),
    path("memberships/<int:pk>/refuse/", memberships.refuse, name="refuse"),
    path("memberships/<int:pk>/end/", memberships.end, name="end"),
    path("memberships/<int:pk>/password-link/", memberships.send_password_link, name="send_password_link"),
    path("accounts/", closing.accounts, name="accounts"),
    path("accounts/<int:pk>/", closing.account, name="account"),
    path("accounts/<int:pk>/close/", closing.close_account, name="close_account"),
    path("accounts/<int:pk>/reopening/", closing.ask_reopening, name="ask_reopening"),
    path("accounts/<int:pk>/reopening/decide/", closing.decide_reopening, name="decide_reopening"),
    path("security/", accounts.security, name="security"),
    path("security/language/", accounts.set_language, name="set_language"),
    path("act-for/", accounts.choose_membership, name="choose_membership"),
]

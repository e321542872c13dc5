from django.urls import path

from besa.assistance.views import providers, referrals

app_name = "assistance"
urlpatterns = [
    path("referrals/", referrals.referrals, name="referrals"),
    path("referrals/<uuid:pk>/", referrals.referral, name="referral"),
    path("referrals/<uuid:pk>/accept/", referrals.accept, name="accept"),
    path("referrals/<uuid:pk>/decline/", referrals.decline, name="decline"),
    path("referrals/<uuid:pk>/finish/", referrals.finish, name="finish"),
    path("referrals/<uuid:pk>/revoke/", referrals.revoke, name="revoke"),
    path("referrals/<uuid:pk>/message/", referrals.message, name="message"),
    path("cases/<str:number>/refer/", referrals.refer, name="refer"),
    path("cases/<str:number>/hand-over/", referrals.hand_over, name="hand_over"),
    path("providers/", providers.providers, name="providers"),
    path("providers/add/", providers.add_provider, name="add_provider"),
    path("providers/<slug:code>/", providers.provider, name="provider"),
    path("providers/<slug:code>/edit/", providers.edit_provider, name="edit_provider"),
    path("providers/<slug:code>/places/", providers.set_places, name="set_places"),
    path("providers/<slug:code>/accredit/", providers.accredit, name="accredit"),
    path("providers/<slug:code>/address/", providers.address, name="address"),
]

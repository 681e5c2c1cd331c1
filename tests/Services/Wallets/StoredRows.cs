using System.Text.Json;
using EventSourcing;
using Shouldly;
using Testing;
using Wallets;
using Xunit;

namespace Services.Wallets;

/// <summary>Golden: the rows of every event ever stored. A line is added for a new event; none is ever changed.</summary>
public sealed class StoredRows(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly Guid A = new("0190aaaa-0000-7000-8000-000000000001");
    private static readonly Guid B = new("0190aaaa-0000-7000-8000-000000000002");
    private static readonly DateTimeOffset At = new(2026, 5, 1, 12, 30, 15, 250, TimeSpan.Zero);

    private static readonly (object Event, string Row)[] Golden =
    [
        (new UserEvent.UserCreated(A, "admin@example.org", true, At),
            """user_created | Wallets.UserEvent+UserCreated, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Admin": true, "Email": "admin@example.org", "UserId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new UserEvent.UserDisabled(A, At),
            """user_disabled | Wallets.UserEvent+UserDisabled, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "UserId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new UserEvent.UserEnabled(A, At),
            """user_enabled | Wallets.UserEvent+UserEnabled, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "UserId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new ApiKeyEvent.ApiKeyCreated(A, B, "Laptop", "hash", ["wallets:read"], [A], At, At),
            """api_key_created | Wallets.ApiKeyEvent+ApiKeyCreated, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Hash": "hash", "KeyId": "0190aaaa-0000-7000-8000-000000000001", "Label": "Laptop", "Scopes": ["wallets:read"], "UserId": "0190aaaa-0000-7000-8000-000000000002", "ExpiresAt": "2026-05-01T12:30:15.25+00:00", "WalletIds": ["0190aaaa-0000-7000-8000-000000000001"]}"""),
        (new ApiKeyEvent.ApiKeyRotated(A, B, At, At),
            """api_key_rotated | Wallets.ApiKeyEvent+ApiKeyRotated, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "KeyId": "0190aaaa-0000-7000-8000-000000000001", "ExpiresAt": "2026-05-01T12:30:15.25+00:00", "NextKeyId": "0190aaaa-0000-7000-8000-000000000002"}"""),
        (new ApiKeyEvent.ApiKeyRevoked(A, At),
            """api_key_revoked | Wallets.ApiKeyEvent+ApiKeyRevoked, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "KeyId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.WalletCreated(A, B, "Savings", At),
            """wallet_created | Wallets.WalletEvent+WalletCreated, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Label": "Savings", "OwnerId": "0190aaaa-0000-7000-8000-000000000002", "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.WalletRenamed(A, "Rainy days", At),
            """wallet_renamed | Wallets.WalletEvent+WalletRenamed, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Label": "Rainy days", "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.AddressImported(A, B, "bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", null, At),
            """address_imported | Wallets.WalletEvent+AddressImported, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Label": null, "Address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "Network": "bitcoin", "WalletId": "0190aaaa-0000-7000-8000-000000000001", "AddressId": "0190aaaa-0000-7000-8000-000000000002"}"""),
        (new WalletEvent.AddressLabelled(A, B, "Cold", At),
            """address_labelled | Wallets.WalletEvent+AddressLabelled, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Label": "Cold", "WalletId": "0190aaaa-0000-7000-8000-000000000001", "AddressId": "0190aaaa-0000-7000-8000-000000000002"}"""),
        (new WalletEvent.AddressRemoved(A, B, At),
            """address_removed | Wallets.WalletEvent+AddressRemoved, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "WalletId": "0190aaaa-0000-7000-8000-000000000001", "AddressId": "0190aaaa-0000-7000-8000-000000000002"}"""),
        (new WalletEvent.SyncRequested(A, At),
            """sync_requested | Wallets.WalletEvent+SyncRequested, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.SyncCancelRequested(A, At),
            """sync_cancel_requested | Wallets.WalletEvent+SyncCancelRequested, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.WalletDeleted(A, At),
            """wallet_deleted | Wallets.WalletEvent+WalletDeleted, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.WalletErased(A),
            """wallet_erased | Wallets.WalletEvent+WalletErased, Wallets | {"WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        // Since there is an audit log: who did it, of every event; and what is left of a deletion.
        (new UserEvent.UserDisabled(A, At) { By = new(A, B) },
            """user_disabled | Wallets.UserEvent+UserDisabled, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "By": {"KeyId": "0190aaaa-0000-7000-8000-000000000002", "UserId": "0190aaaa-0000-7000-8000-000000000001"}, "UserId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new ApiKeyEvent.ApiKeyRevoked(A, At) { By = Actor.Command },
            """api_key_revoked | Wallets.ApiKeyEvent+ApiKeyRevoked, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "By": {"KeyId": null, "UserId": null}, "KeyId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.WalletErased(A) { Deletion = new(B, A, At, new(A, B)) },
            """wallet_erased | Wallets.WalletEvent+WalletErased, Wallets | {"Deletion": {"At": "2026-05-01T12:30:15.25+00:00", "By": {"KeyId": "0190aaaa-0000-7000-8000-000000000002", "UserId": "0190aaaa-0000-7000-8000-000000000001"}, "EventId": "0190aaaa-0000-7000-8000-000000000002", "OwnerId": "0190aaaa-0000-7000-8000-000000000001"}, "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        // Since there are tags and transactions can be labelled.
        (new WalletEvent.WalletTagged(A, ["cold", "family"], At),
            """wallet_tagged | Wallets.WalletEvent+WalletTagged, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Tags": ["cold", "family"], "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.AddressTagged(A, B, [], At),
            """address_tagged | Wallets.WalletEvent+AddressTagged, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Tags": [], "WalletId": "0190aaaa-0000-7000-8000-000000000001", "AddressId": "0190aaaa-0000-7000-8000-000000000002"}"""),
        (new TransactionLabelEvent.TransactionLabelled(A, "bitcoin", "00ff", "Rent", ["flat"], null, At),
            """transaction_labelled | Wallets.TransactionLabelEvent+TransactionLabelled, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Note": null, "Tags": ["flat"], "Txid": "00ff", "Label": "Rent", "Network": "bitcoin", "OwnerId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new TransactionLabelEvent.TransactionLabelled(A, "bitcoin", "00ff", null, [], "Late", At) { Origin = "wpkh([d34db33f/84'/0'/0'])" },
            """transaction_labelled | Wallets.TransactionLabelEvent+TransactionLabelled, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Note": "Late", "Tags": [], "Txid": "00ff", "Label": null, "Origin": "wpkh([d34db33f/84'/0'/0'])", "Network": "bitcoin", "OwnerId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        // Since people log in with browsers, and share.
        (new ApiKeyEvent.SessionBegun(A, B, "hash", ["wallets:read"], [A], B, At, At),
            """session_begun | Wallets.ApiKeyEvent+SessionBegun, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Hash": "hash", "KeyId": "0190aaaa-0000-7000-8000-000000000001", "Scopes": ["wallets:read"], "UserId": "0190aaaa-0000-7000-8000-000000000002", "ExpiresAt": "2026-05-01T12:30:15.25+00:00", "SessionOf": "0190aaaa-0000-7000-8000-000000000002", "WalletIds": ["0190aaaa-0000-7000-8000-000000000001"]}"""),
        (new ApiKeyEvent.SessionEnded(A, At),
            """session_ended | Wallets.ApiKeyEvent+SessionEnded, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "KeyId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new LoginLinkEvent.LoginLinkMade(A, B, "hash", At, At),
            """login_link_made | Wallets.LoginLinkEvent+LoginLinkMade, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Hash": "hash", "LinkId": "0190aaaa-0000-7000-8000-000000000001", "UserId": "0190aaaa-0000-7000-8000-000000000002", "ExpiresAt": "2026-05-01T12:30:15.25+00:00"}"""),
        (new LoginLinkEvent.LoginLinkUsed(A, B, At),
            """login_link_used | Wallets.LoginLinkEvent+LoginLinkUsed, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "LinkId": "0190aaaa-0000-7000-8000-000000000001", "SessionId": "0190aaaa-0000-7000-8000-000000000002"}"""),
        (new ShareEvent.ShareMade(A, B, "Family", "hash", null, "amounts", null, At),
            """share_made | Wallets.ShareEvent+ShareMade, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Hash": "hash", "Label": "Family", "Shows": "amounts", "OwnerId": "0190aaaa-0000-7000-8000-000000000002", "ShareId": "0190aaaa-0000-7000-8000-000000000001", "ExpiresAt": null, "WalletIds": null}"""),
        (new ShareEvent.ShareRevoked(A, At),
            """share_revoked | Wallets.ShareEvent+ShareRevoked, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "ShareId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        // Since whole wallets can be followed.
        (new WalletEvent.SourceAdded(A, B, "bitcoin", "wpkh(xpub/0/*)#00000000", "Phone", 20, At),
            """source_added | Wallets.WalletEvent+SourceAdded, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Label": "Phone", "Network": "bitcoin", "GapLimit": 20, "SourceId": "0190aaaa-0000-7000-8000-000000000002", "WalletId": "0190aaaa-0000-7000-8000-000000000001", "Descriptor": "wpkh(xpub/0/*)#00000000"}"""),
        (new WalletEvent.SourceRemoved(A, B, At),
            """source_removed | Wallets.WalletEvent+SourceRemoved, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "SourceId": "0190aaaa-0000-7000-8000-000000000002", "WalletId": "0190aaaa-0000-7000-8000-000000000001"}"""),
        (new WalletEvent.AddressImported(A, B, "bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", null, At) { Source = new(B, 1, 7) },
            """address_imported | Wallets.WalletEvent+AddressImported, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Label": null, "Source": {"Id": "0190aaaa-0000-7000-8000-000000000002", "Index": 7, "Branch": 1}, "Address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "Network": "bitcoin", "WalletId": "0190aaaa-0000-7000-8000-000000000001", "AddressId": "0190aaaa-0000-7000-8000-000000000002"}"""),
        (new WalletEvent.AddressRecognised(A, B, new(B, 0, 3), At),
            """address_recognised | Wallets.WalletEvent+AddressRecognised, Wallets | {"At": "2026-05-01T12:30:15.25+00:00", "Source": {"Id": "0190aaaa-0000-7000-8000-000000000002", "Index": 3, "Branch": 0}, "WalletId": "0190aaaa-0000-7000-8000-000000000001", "AddressId": "0190aaaa-0000-7000-8000-000000000002"}"""),
    ];

    [Fact]
    public async Task every_event_is_stored_as_ever_and_read_back_as_it_was()
    {
        var ct = TestContext.Current.CancellationToken;
        await EventSourcingModule.MigrateAsync(database.DataSource, WalletsModule.Migrations, ct: ct);
        var store = new EventStore(database.DataSource, StoredEvents.Types, new LogSignal());
        await store.AppendAsync("golden", A, [.. Golden.Select(golden => NewEvent.Fresh(golden.Event))], ct: ct);

        await using var command = database.DataSource.CreateCommand(
            "select type || ' | ' || mt_dotnet_type || ' | ' || data from mt_events order by seq_id");
        await using var reader = await command.ExecuteReaderAsync(ct);
        foreach (var (_, row) in Golden)
        {
            (await reader.ReadAsync(ct)).ShouldBeTrue();
            reader.GetString(0).ShouldBe(row);
        }

        var read = (await store.ReadLogAsync(0, 100, ct)).Select(stored => stored.Data).ToList();
        read.Count.ShouldBe(Golden.Length);
        foreach (var (stored, (told, _)) in read.Zip(Golden))
            JsonSerializer.Serialize(stored, stored.GetType()).ShouldBe(JsonSerializer.Serialize(told, told.GetType()));
        Golden.Select(golden => EventTypes.AliasOf(golden.Event.GetType())).Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(StoredEvents.Types.Aliases);
    }
}

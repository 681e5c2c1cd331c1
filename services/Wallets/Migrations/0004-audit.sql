-- Who did what, one row for each event that an administrator may want to see later; part of the read model.
create table audit (
    audit_id      uuid primary key,
    at            timestamptz not null,
    action        varchar not null,
    actor         varchar,
    actor_user_id uuid,
    actor_key_id  uuid,
    user_id       uuid,
    key_id        uuid,
    wallet_id     uuid,
    address_id    uuid
);
create index audit_at on audit (at, audit_id);
create index audit_wallet on audit (wallet_id) where wallet_id is not null;

-- What the log holds from before: who did it was not recorded. Of deleted wallets only that they were, as ever after.
insert into audit (audit_id, at, action, user_id, key_id, wallet_id, address_id)
select e.id, (e.data->>'At')::timestamptz,
       case e.type
           when 'user_created' then 'user-made' when 'user_disabled' then 'user-disabled' when 'user_enabled' then 'user-enabled'
           when 'api_key_created' then 'key-made' when 'api_key_rotated' then 'key-rotated' when 'api_key_revoked' then 'key-revoked'
           when 'wallet_created' then 'wallet-made' when 'wallet_deleted' then 'wallet-deleted' else 'address-removed'
       end,
       coalesce((e.data->>'UserId')::uuid, (e.data->>'OwnerId')::uuid, k.user_id, w.owner_id,
           (select (c.data->>'OwnerId')::uuid from mt_events c where c.stream_id = e.stream_id and c.type = 'wallet_created' limit 1)),
       (e.data->>'KeyId')::uuid, (e.data->>'WalletId')::uuid, (e.data->>'AddressId')::uuid
from mt_events e
left join api_keys k on k.key_id = (e.data->>'KeyId')::uuid
left join wallets w on w.wallet_id = (e.data->>'WalletId')::uuid
where e.type in ('user_created', 'user_disabled', 'user_enabled', 'api_key_created', 'api_key_rotated', 'api_key_revoked', 'wallet_deleted')
   or e.type in ('wallet_created', 'address_removed') and w.wallet_id is not null;

-- Whoever changes one of these counts the number of the file up. A function with other parameters is dropped first, if it exists.

-- The spans that have a limit: the length of their stretches and how many of them count. A request arrives within a minute
-- of its charge, so whatever arrives in a span was charged in that span and a minute, which touches one stretch more.
create or replace function budget_spans() returns table (span varchar, stretch int, stretches int)
language sql immutable as $$
    values ('hour', 60, 62), ('day', 900, 98), ('month', 21600, 126)
$$;

-- What is charged of a span at a time, and when p_least more requests have room under the limit; null without a limit or with room.
create or replace function budget_use(p_budget varchar, p_span varchar, p_limit bigint, p_now timestamptz, p_least int default 1) returns table (used bigint, room_at timestamptz)
language sql stable as $$
    with counted as (
        select c.bucket, c.used, s.stretch, s.stretches, sum(c.used) over (order by c.bucket) as up_to, sum(c.used) over () as total
        from budget_spans() s join budget_charges c on c.budget = p_budget and c.span = s.span
        where s.span = p_span and c.bucket > floor(extract(epoch from p_now) / s.stretch)::bigint - s.stretches
    )
    select coalesce(max(total), 0)::bigint,
           case when max(total) + p_least > p_limit then to_timestamp(min((bucket + stretches) * stretch) filter (where total - up_to + p_least <= p_limit)) end
    from counted
$$;

-- Requests a second that a provider which last refused is asked for: half at first, as many as then after a minute, and
-- faster and faster beyond, to 33 times as many after five minutes.
create or replace function widened(p_full double precision, p_throttled_at timestamptz, p_throttled_rate double precision, p_now timestamptz) returns double precision
language sql immutable as $$
    select case when p_throttled_at is null then p_full
        else least(p_full, p_throttled_rate * (1 + 0.5 * power(least(extract(epoch from p_now - p_throttled_at)::double precision, 600) / 60 - 1, 3))) end
$$;

-- Charges a lot of requests, before they are sent: at most p_wanted, at least p_least or none, the first to be sent p_wait
-- from now, the others p_gap apart. Beside it, what was left of an earlier lot is given back. None are granted where the next
-- place in the rate is further away than p_patience, or a span has no room; then retry_in says when to ask again and
-- refused_by why.
create or replace function lease_requests(
    p_budget varchar, p_now timestamptz, p_wanted int, p_gap double precision, p_patience double precision,
    p_hour bigint, p_day bigint, p_month bigint, p_unused int, p_unused_at timestamptz, p_least int default 1)
returns table (granted int, at timestamptz, wait double precision, gap double precision, retry_in double precision, refused_by varchar)
language plpgsql as $$
declare
    b budgets;
    limits record;
begin
    insert into budgets as held (budget, seen_at, next_slot)
    values (p_budget, coalesce(p_now, clock_timestamp()), coalesce(p_now, clock_timestamp()))
    on conflict (budget) do update set seen_at = greatest(held.seen_at, excluded.seen_at)
    returning * into b;

    if p_unused > 0 then
        update budget_charges c set used = greatest(c.used - p_unused, 0)
        from budget_spans() s
        where c.budget = p_budget and c.span = s.span and c.bucket = floor(extract(epoch from p_unused_at) / s.stretch)::bigint;
    end if;

    at := b.seen_at;
    granted := p_wanted;
    gap := case when p_gap > 0 then 1 / widened(1 / p_gap, b.throttled_at, b.throttled_rate, at) else 0 end;
    wait := greatest(extract(epoch from b.next_slot - at)::double precision, 0);
    retry_in := 0;
    if gap > 0 then
        -- No more than a second's worth, so that nobody holds the others up.
        granted := least(granted, greatest(p_least, floor(1 / gap)));
        if wait > p_patience then
            granted := 0;
            retry_in := wait - p_patience;
            refused_by := 'second';
        end if;
    end if;

    for limits in
        select l.span, l.most, u.used, u.room_at
        from (values ('hour', p_hour), ('day', p_day), ('month', p_month)) as l (span, most)
        cross join lateral budget_use(p_budget, l.span, l.most, at, p_least) u
        where l.most is not null
    loop
        granted := greatest(least(granted, limits.most - limits.used), 0);
        if limits.used + p_least > limits.most and extract(epoch from limits.room_at - at) > retry_in then
            retry_in := extract(epoch from limits.room_at - at);
            refused_by := limits.span;
        end if;
    end loop;

    if granted < p_least then
        granted := 0;
    end if;

    if granted > 0 then
        update budgets set next_slot = at + make_interval(secs => wait + granted * gap) where budget = p_budget;
        insert into budget_charges as c (budget, span, bucket, used)
        select p_budget, s.span, floor(extract(epoch from at) / s.stretch)::bigint, granted from budget_spans() s
        on conflict (budget, span, bucket) do update set used = c.used + excluded.used;
        delete from budget_charges c using budget_spans() s
        where c.budget = p_budget and c.span = s.span and c.bucket <= floor(extract(epoch from at) / s.stretch)::bigint - s.stretches;
    end if;

    return next;
end
$$;

-- Leaves a provider alone for a while, and asks it half as often afterwards; refusals of requests from before the last
-- halving are of the same throttling and halve nothing again.
create or replace function throttle_provider(
    p_provider varchar, p_now timestamptz, p_seconds double precision, p_reason varchar, p_sent_at timestamptz, p_gap double precision)
returns void language plpgsql as $$
declare
    v_now timestamptz := greatest(coalesce(p_now, clock_timestamp()), (select seen_at from budgets where budget = p_provider));
begin
    insert into provider_pauses as p (provider, paused_until, reason) values (p_provider, v_now + make_interval(secs => p_seconds), p_reason)
    on conflict (provider) do update set paused_until = greatest(p.paused_until, excluded.paused_until), reason = excluded.reason;
    if p_gap > 0 then
        update budgets set
            throttled_rate = greatest(widened(1 / p_gap, throttled_at, throttled_rate, v_now), 1 / p_gap / 32),
            throttled_at = v_now
        where budget = p_provider and (throttled_at is null or throttled_at < p_sent_at);
    end if;
end
$$;

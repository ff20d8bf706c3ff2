-- The deepest fall of each scope up to each of its points, for the points that are there.
UPDATE ledger_equitypoint p SET deepest = f.deepest
FROM (
    SELECT id, round(max(CASE WHEN peak > nav AND peak > 0 THEN (peak - nav)::numeric(80, 48) / peak ELSE 0 END) OVER (
        PARTITION BY wallet_id, book_id, currency_id ORDER BY at, id
    ), 24) AS deepest
    FROM ledger_equitypoint
) f
WHERE f.id = p.id AND f.deepest > 0;

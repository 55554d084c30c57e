-- CreateTable
CREATE TABLE "shield_report" (
    "thumbprint" TEXT NOT NULL,
    "bank" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "said_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shield_report_pkey" PRIMARY KEY ("thumbprint","bank")
);

-- A bank's latest word counts, in whatever order its messages come; of one certificate each bank has its own, and whose counts is the trust list's to say.
CREATE FUNCTION effect_shield_report(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO shield_report (thumbprint, bank, state, said_at)
  VALUES (what->>'thumbprint', what->>'bank', what->>'state', (what->>'said_at')::timestamptz)
  ON CONFLICT (thumbprint, bank) DO UPDATE SET state = excluded.state, said_at = excluded.said_at WHERE excluded.said_at >= shield_report.said_at
$$;

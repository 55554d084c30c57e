-- DropIndex
DROP INDEX "login_expires_at_idx";

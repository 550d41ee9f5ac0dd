import './app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { StatusPage } from '../features/status/index.ts';
import { startI18n } from '../shared/i18n/i18n.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Page } from './page.tsx';

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');

const i18n = await startI18n();
createRoot(root).render(
  <StrictMode>
    <I18nextProvider i18n={i18n}>
      <Page>
        <ErrorBoundary>
          <StatusPage />
        </ErrorBoundary>
      </Page>
    </I18nextProvider>
  </StrictMode>,
);
